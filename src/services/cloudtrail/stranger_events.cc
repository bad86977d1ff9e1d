#include "services/cloudtrail/stranger_events.h"

#include <algorithm>

#include "base/network.h"

namespace countersign::cloudtrail {

bool StrangerEvents::admit(const std::string& account, const std::string& region, const std::string& action,
                           const std::string& address, Instant now) {
    const MutexLock lock(mutex_);
    const Key key(account, region, action);
    if (minutes_.size() >= minutes_max && !minutes_.contains(key)) return false;
    Minute& minute = minutes_.try_emplace(key, Minute{now, now, 0, 0, {}}).first->second;
    std::string client = network_of(address);
    if (minute.clients.size() >= clients_max && !minute.clients.contains(client)) client.clear();
    const std::uint64_t of_client = ++minute.clients[client];
    if (of_client <= of_client_max && minute.kept < of_account_max) {
        ++minute.kept;
        return true;
    }
    ++minute.left_out;
    minute.until = std::max(minute.until, now);
    return false;
}

LeftOut StrangerEvents::sum_of(const Key& key, const Minute& minute) {
    const auto calls = [](const auto& client) { return client.second; };
    const auto most = std::ranges::max_element(minute.clients, {}, calls);
    const auto too_many = std::ranges::count_if(
        minute.clients, [&](const auto& client) { return calls(client) > of_client_max; });
    return {std::get<0>(key),
            std::get<1>(key),
            std::get<2>(key),
            minute.from,
            minute.until,
            minute.left_out,
            static_cast<std::size_t>(too_many),
            most->first};
}

std::vector<LeftOut> StrangerEvents::take_over(std::optional<Instant> now) {
    const MutexLock lock(mutex_);
    std::vector<LeftOut> sums;
    std::erase_if(minutes_, [&](const auto& entry) {
        const auto& [key, minute] = entry;
        if (now && *now < minute.from + window) return false;
        if (minute.left_out > 0) sums.push_back(sum_of(key, minute));
        return true;
    });
    return sums;
}

}  // namespace countersign::cloudtrail
