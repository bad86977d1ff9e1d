// How many events those may leave behind whom nobody knows: calls that are made without a signature, and
// whose token could not be verified either, for whichever account the caller names. So many a minute are kept
// of one client and of one account; of the others the sum is kept. Safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace countersign::cloudtrail {

// What was left out of one kind of call in one minute.
struct LeftOut {
    std::string account;
    std::string region;
    std::string action;  // AssumeRoleWithWebIdentity
    Instant from;
    Instant until;  // of the last of them
    std::uint64_t calls = 0;
    std::size_t clients = 0;  // that had too many, as far as they were told apart
    std::string busiest;      // the client with the most
};

class StrangerEvents {
public:
    static constexpr std::uint64_t of_client_max = 10;    // a minute
    static constexpr std::uint64_t of_account_max = 100;  // a minute, of one kind of call in one region
    static constexpr std::size_t clients_max = 256;       // that are told apart; further ones count as one
    static constexpr std::size_t minutes_max = 1024;      // at a time; where there are more, none is admitted
    static constexpr auto window = std::chrono::minutes(1);

    // Whether this call may leave an event of its own; where not, it is counted.
    bool admit(const std::string& account, const std::string& region, const std::string& action,
               const std::string& address, Instant now);
    // The sums of minutes that are over, each once; of all of them where no time is given.
    std::vector<LeftOut> take_over(std::optional<Instant> now);

private:
    struct Minute {
        Instant from;
        Instant until;
        std::uint64_t kept = 0;
        std::uint64_t left_out = 0;
        std::map<std::string, std::uint64_t> clients;
    };
    using Key = std::tuple<std::string, std::string, std::string>;  // account, region, action
    static LeftOut sum_of(const Key& key, const Minute& minute);

    Mutex mutex_;
    std::map<Key, Minute> minutes_ GUARDED_BY(mutex_);
};

}  // namespace countersign::cloudtrail
