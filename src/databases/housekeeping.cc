#include "databases/housekeeping.h"

#include "formats/iso_time.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::databases {

namespace keys = model::keys;

namespace {

using namespace std::chrono_literals;

constexpr auto round_every = 10min;
constexpr auto rest_between_steps = 20ms;  // so that others write in between

// The lists of events there are, found by leaping over what lies between them.
Result<std::vector<std::string>> event_lists(store::Store& store) {
    std::vector<std::string> lists;
    store::ListOptions next{.entries_max = 1};
    for (;;) {
        const store::Page page = TRY(store.list(keys::rds(), next));
        if (page.entries.empty()) return lists;
        const std::string& key = page.entries.front().key;
        const std::string list = keys::list_of(key);
        if (keys::rds_kind_of(key) == keys::RdsKind::event) lists.push_back(list);
        next.after = keys::end_of(list);
    }
}

// Whether the access key or the role is there.
Result<bool> is_owned(store::Store& store, const std::string& id) {
    const bool key = TRY(store.get(keys::access_key(id))).has_value();
    return key || TRY(store.get(keys::named_principal(id))).has_value();
}

}  // namespace

Result<bool> Housekeeping::step() {
    if (TRY(erase_old_events()) || TRY(erase_old_proofs())) return true;
    return erase_unowned_uses();
}

Result<bool> Housekeeping::erase_old_events() {
    const Instant oldest = deps_.clock.now() - events_kept;
    for (const std::string& list : TRY(event_lists(deps_.store))) {
        if (TRY(erase_before(list, keys::event_in(list, oldest)))) return true;
    }
    return false;
}

Result<bool> Housekeeping::erase_old_proofs() {
    const std::string oldest = formats::basic_time(deps_.clock.now() - proofs_kept);
    return erase_before(keys::caller_identity_proofs(), keys::caller_identity_proof(oldest, ""));
}

Result<bool> Housekeeping::erase_before(const std::string& list, const std::string& kept) {
    const store::Page page = TRY(deps_.store.list(list, {.entries_max = store::operations_max}));
    store::Transaction change;
    for (const store::Entry& entry : page.entries)
        if (entry.key < kept) change.writes.push_back(store::erase(entry.key));
    if (change.writes.empty()) return false;
    TRY(deps_.store.commit(change));
    return true;
}

Result<bool> Housekeeping::erase_unowned_uses() {
    const std::string list = keys::last_uses();
    const store::Page page =
        TRY(deps_.store.list(list, {.after = uses_seen_, .entries_max = store::operations_max}));
    store::Transaction change;
    for (const store::Entry& entry : page.entries)
        if (!TRY(is_owned(deps_.store, entry.key.substr(list.size()))))
            change.writes.push_back(store::erase(entry.key));
    if (!change.writes.empty()) TRY(deps_.store.commit(change));
    uses_seen_ = page.more ? page.entries.back().key : std::string();
    return page.more;
}

void Housekeeping::start() {
    thread_ = Thread(
        "housekeeping", deps_.log, [this] { run(); }, [this] { return waits_for_end(0ms); });
}

void Housekeeping::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Housekeeping::run() {
    for (auto rest = std::chrono::milliseconds(0); !waits_for_end(rest);) {
        const Result<bool> more = step();
        if (!more) deps_.log.warn("housekeeping.failed", {{"reason", more.error().message}});
        rest = more && *more ? rest_between_steps : std::chrono::milliseconds(round_every);
    }
}

bool Housekeeping::waits_for_end(std::chrono::milliseconds patience) {
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, patience, [this]() REQUIRES(mutex_) { return stopping_; });
    return stopping_;
}

}  // namespace countersign::databases
