#include "passfile/keeper.h"

#include <algorithm>
#include <utility>

namespace countersign::passfile {

namespace {

// Two keepers of one line do not write all the time.
constexpr auto restored_after = std::chrono::seconds(10);

}  // namespace

Keeper::Keeper(Path file, std::vector<LineSource> sources, const Clock& clock, KeeperListener& listener)
    : file_(std::move(file)), clock_(clock), listener_(listener) {
    for (LineSource& source : sources) kept_.push_back({std::move(source), {}, {}, {}, false});
}

Result<void> Keeper::step() {
    const Instant now = clock_.now();
    Result<void> failure;
    const std::vector<Kept*> renewed = renew(now, failure);
    const bool is_restored = renewed.empty() && is_changed(now);
    if (renewed.empty() && !is_restored) return failure;
    TRY(write(now, renewed));
    if (is_restored) listener_.restored();
    return failure;
}

bool Keeper::is_complete() const {
    return std::ranges::all_of(kept_, [](const Kept& kept) { return kept.written_until.has_value(); });
}

bool Keeper::is_well() const {
    return is_complete() && std::ranges::none_of(kept_, [](const Kept& kept) { return kept.is_failing; });
}

bool Keeper::is_among(const std::vector<Kept*>& some, const Kept& kept) {
    return std::ranges::find(some, &kept) != some.end();
}

std::vector<Keeper::Kept*> Keeper::renew(Instant now, Result<void>& failure) {
    std::vector<Kept*> renewed;
    for (Kept& kept : kept_) {
        if (!kept.schedule.is_due(now)) continue;
        Result<FreshLine> made = kept.source.make();
        if (made) {
            kept.fresh = *std::move(made);
            renewed.push_back(&kept);
            continue;
        }
        fail(kept, now, made.error());
        if (failure) failure = made.error();
    }
    return renewed;
}

Result<void> Keeper::write(Instant now, const std::vector<Kept*>& renewed) {
    listener_.begin_write();
    Result<void> done = put(renewed);
    listener_.end_write();
    written_ = now;
    if (!done) {
        mark_ = {};
        for (Kept& kept : kept_)
            if (renewed.empty() || is_among(renewed, kept)) fail(kept, now, done.error());
        return done;
    }
    mark_ = mark_of(file_);
    for (Kept* kept : renewed) {
        kept->written_until = kept->fresh.good_until;
        kept->is_failing = false;
        kept->schedule.renewed(now, kept->fresh.good_until);
        listener_.renewed(kept->source, kept->fresh);
    }
    return {};
}

Result<void> Keeper::put(const std::vector<Kept*>& renewed) {
    std::vector<Line> lines;
    for (const Kept& kept : kept_)
        if (kept.written_until || is_among(renewed, kept)) lines.push_back(kept.fresh.line);
    return put_lines(file_, lines);
}

bool Keeper::is_changed(Instant now) const {
    const bool has_lines =
        std::ranges::any_of(kept_, [](const Kept& kept) { return kept.written_until.has_value(); });
    const bool is_early = now >= written_ && now < written_ + restored_after;
    return has_lines && !is_early && mark_of(file_) != mark_;
}

void Keeper::fail(Kept& kept, Instant now, const Error& error) {
    const std::chrono::seconds pause = kept.schedule.failed(now);
    kept.is_failing = true;
    listener_.failed(kept.source, error, pause, kept.written_until);
}

}  // namespace countersign::passfile
