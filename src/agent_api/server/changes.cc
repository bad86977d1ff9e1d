#include "agent_api/server/changes.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace countersign::agent_api::server {

namespace {

constexpr std::size_t known_max = 50'000;
constexpr std::size_t orders_max = 10'000;  // of all accounts
constexpr std::size_t told_max = 5000;      // beyond, holding nothing is cheaper than comparing

}  // namespace

void Changes::begin(std::string epoch, store::Revision revision) {
    const MutexLock lock(mutex_);
    epoch_ = std::move(epoch);
    begun_ = newest_ = revision;
    known_.clear();
    orders_.clear();
}

void Changes::add(store::Revision revision, const std::vector<agent_api::KeyTag>& marks) {
    const MutexLock lock(mutex_);
    newest_ = std::max(newest_, revision);
    for (const agent_api::KeyTag mark : marks) known_.push_back({revision, mark});
    while (known_.size() > known_max) {
        begun_ = known_.front().revision;
        known_.pop_front();
    }
}

void Changes::add(store::Revision revision, agent::SessionEnd order) {
    const MutexLock lock(mutex_);
    newest_ = std::max(newest_, revision);
    orders_.emplace_back(revision, std::move(order));
    if (orders_.size() > orders_max) forget_order();
}

// The oldest of the account that has most: nobody's orders push out another's.
void Changes::forget_order() {
    std::map<std::string_view, std::size_t> counts;
    for (const auto& [revision, order] : orders_) ++counts[order.filter.account];
    const auto fewer = [](const auto& one, const auto& other) { return one.second < other.second; };
    const std::string_view most = std::max_element(counts.begin(), counts.end(), fewer)->first;
    orders_.erase(std::ranges::find_if(
        orders_, [&](const auto& known) { return known.second.filter.account == most; }));
}

std::optional<Changes::WatchAnswer> Changes::since(const WatchRequest& request,
                                                   const std::vector<std::string>& accounts) const {
    const MutexLock lock(mutex_);
    WatchAnswer answer;
    answer.epoch = epoch_;
    answer.revision = newest_;
    const bool is_known =
        request.epoch == epoch_ && request.revision >= begun_ && request.revision <= newest_;
    if (is_known && request.revision == newest_) return std::nullopt;
    const auto first = std::ranges::upper_bound(known_, request.revision, {}, &Change::revision);
    const auto count = static_cast<std::size_t>(known_.end() - first);
    answer.everything = !is_known || count > told_max;
    for (const auto& [revision, order] : orders_) {
        const bool is_theirs = std::ranges::find(accounts, order.filter.account) != accounts.end();
        if (is_theirs && (answer.everything || revision > request.revision))
            answer.session_ends.push_back(order);
    }
    if (answer.everything) return answer;
    for (auto change = first; change != known_.end(); ++change) answer.marks.push_back(change->mark);
    std::ranges::sort(answer.marks);
    answer.marks.erase(std::unique(answer.marks.begin(), answer.marks.end()), answer.marks.end());
    return answer;
}

Changes::WatchAnswer Changes::nothing_since(const WatchRequest& request) const {
    WatchAnswer answer;
    answer.epoch = request.epoch;
    answer.revision = request.revision;
    return answer;
}

}  // namespace countersign::agent_api::server
