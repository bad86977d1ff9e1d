#include "agent_api/server/change_feed.h"

#include <algorithm>
#include <thread>
#include <utility>

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
    return keys::fleet_servers(agent);
}

// From now on. All agents are to hold nothing from before.
Result<store::Watch*> ChangeFeed::begin() {
    const store::Revision now = deps_.store.revision();
    std::unique_ptr<store::Watch> begun = deps_.store.watch(keys::all(), now);
    store::Watch* const watch = begun.get();
    {
        const MutexLock lock(mutex_);
        watch_.swap(begun);
    }
    TRY(deps_.servers.begin());
    const auto orders = TRY(store::list_all(deps_.store, keys::session_ends()));
    deps_.changes.begin(crypto::random_text(deps_.random, epoch_alphabet, epoch_letters), now);
    for (const store::Entry& order : orders.entries) take({order.modified, order.key, order.value});
    return watch;
}

Result<void> ChangeFeed::start() {
    current_ = TRY(begin());
    thread_ = Thread(
        "fleet-feed", deps_.log, [this] { follow(); }, [this] { return stopping_.load(); });
    return {};
}

void ChangeFeed::stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    {
        const MutexLock lock(mutex_);
        watch_->wake();
    }
    thread_.join();
}

void ChangeFeed::follow() {
    while (!stopping_) {
        if (!take_news()) std::this_thread::sleep_for(retry_after);
        const auto now = std::chrono::steady_clock::now();
        if (has_news_ && now >= answered_ + rest_) answer_waiting(now);
    }
}

// Waits for news. After an error or a throw, agents are to hold nothing of what they knew: news may have been
// missed. False: the store does not answer.
bool ChangeFeed::take_news() {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(answered_ + rest_ - std::chrono::steady_clock::now());
    const auto wait = has_news_ ? std::clamp<milliseconds>(left, milliseconds(0), patience) : patience;
    store::Watch* watch = std::exchange(current_, nullptr);
    const auto events = watch != nullptr ? watch->next(wait) : Error{Fault::compacted, "begins anew"};
    if (events) {
        for (const store::Event& event : *events) take(event);
    } else {
        const auto begun = begin();
        if (!begun) return false;
        has_news_ = true;
        watch = *begun;
    }
    current_ = watch;
    return true;
}

void ChangeFeed::answer_waiting(std::chrono::steady_clock::time_point now) {
    rest_ = rest_for_each * static_cast<std::int64_t>(deps_.polls.answer_waiting());
    answered_ = now;
    has_news_ = false;
}

void ChangeFeed::take(const store::Event& event) {
    if (event.key.starts_with(keys::iam())) {
        deps_.changes.add(event.revision, deps_.marks.of_change(event.key));
        has_news_ = true;
    } else if (event.key.starts_with(keys::rds())) {
        for (const std::string& agent : deps_.servers.note_change(event)) {
            deps_.changes.add(event.revision, {deps_.marks.of(servers_source(agent))});
            has_news_ = true;
        }
    } else if (event.key.starts_with(keys::session_ends()) && event.value) {
        auto order = formats::from_record<agent::SessionEnd>(*event.value);
        if (!order) return;
        deps_.changes.add(event.revision, *std::move(order));
        has_news_ = true;
    } else if (event.key.starts_with(keys::fleet_agents())) {
        deps_.polls.wake(event.key.substr(keys::fleet_agents().size()));
    }
}

}  // namespace countersign::agent_api::server
