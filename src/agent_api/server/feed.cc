#include "agent_api/server/feed.h"

#include <algorithm>

#include "formats/record.h"
#include "model/fleet.h"
#include "model/keys.h"

namespace countersign::agent_api::server {

namespace {

namespace keys = model::keys;

constexpr auto patience = std::chrono::milliseconds(200);  // of one wait, so that an end is seen
constexpr auto retry_after = std::chrono::milliseconds(200);
constexpr auto rest_for_each = std::chrono::microseconds(250);  // about what telling an agent costs
constexpr std::string_view epoch_alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t epoch_letters = 16;

}  // namespace

std::string servers_source(std::string_view agent) {
    return "/fleet/servers/" + std::string(agent);
}

// From now on. All agents are to hold nothing from before.
Result<void> Feed::begin() {
    const store::Revision now = around_.store.revision();
    watch_ = around_.store.watch("/", now);
    TRY(around_.servers.begin());
    const auto orders = TRY(store::list_all(around_.store, keys::session_ends()));
    around_.changes.begin(crypto::random_text(around_.random, epoch_alphabet, epoch_letters), now);
    for (const store::Entry& order : orders.entries) take({order.modified, order.key, order.value});
    return {};
}

Result<void> Feed::start() {
    TRY(begin());
    thread_ = std::thread([this] { follow(); });
    return {};
}

void Feed::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    watch_->wake();
    thread_.join();
}

void Feed::follow() {
    while (!stopping_) {
        const auto until = told_ + rest_;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const auto wait =
            has_news_ ? std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), patience)
                      : patience;
        const auto events = watch_->next(wait);
        if (events)
            for (const store::Event& event : *events) take(event);
        else if (const Result<void> begun = begin(); begun)
            has_news_ = true;
        else
            std::this_thread::sleep_for(retry_after);
        const auto now = std::chrono::steady_clock::now();
        if (has_news_ && now >= told_ + rest_) tell(now);
    }
}

void Feed::tell(std::chrono::steady_clock::time_point now) {
    rest_ = rest_for_each * static_cast<std::int64_t>(around_.polls.tell());
    told_ = now;
    has_news_ = false;
}

void Feed::take(const store::Event& event) {
    if (event.key.starts_with(keys::iam())) {
        around_.changes.add(event.revision, around_.marks.of_change(event.key));
        has_news_ = true;
    } else if (event.key.starts_with(keys::rds())) {
        for (const std::string& agent : around_.servers.note_change(event)) {
            around_.changes.add(event.revision, {around_.marks.of(servers_source(agent))});
            has_news_ = true;
        }
    } else if (event.key.starts_with(keys::session_ends()) && event.value) {
        auto order = formats::from_record<agent::SessionEnd>(*event.value);
        if (!order) return;
        around_.changes.add(event.revision, *std::move(order));
        has_news_ = true;
    } else if (event.key.starts_with(keys::fleet_agents())) {
        around_.polls.stir(event.key.substr(keys::fleet_agents().size()));
    }
}

}  // namespace countersign::agent_api::server
