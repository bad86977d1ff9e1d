// The agents of other hosts, as the control plane knows them.
#pragma once

#include <algorithm>
#include <boost/describe.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace countersign::model {

// Good for one enrolment. Lies under the SHA-256 of its secret, which is kept nowhere.
struct EnrolmentToken {
    std::string agent;  // whom it enrols, in the place of one of that name; empty: whoever is new
    Instant expires;
    std::string made_by;                     // ARN
    std::vector<std::string> accounts = {};  // whose servers the agent will answer for
};
BOOST_DESCRIBE_STRUCT(EnrolmentToken, (), (agent, expires, made_by, accounts))

struct FleetAgent {
    std::string name;
    std::string id;  // of this enrolment; certificates carry it, so that those of an earlier one are void
    Instant enrolled;
    std::string address;                     // from where it enrolled
    std::vector<std::string> accounts = {};  // whose it is: no other account places a server on it
    std::string run_directory = {};          // where its sockets are, as it says itself; empty: not yet said
    Instant run_directory_said = {};
};
BOOST_DESCRIBE_STRUCT(FleetAgent, (),
                      (name, id, enrolled, address, accounts, run_directory, run_directory_said))

inline bool belongs_to(const FleetAgent& agent, std::string_view account) {
    return std::ranges::find(agent.accounts, account) != agent.accounts.end();
}

// Written at most once a minute for each agent.
struct FleetContact {
    Instant time;
    Instant certificate_until;
    std::string address;
};
BOOST_DESCRIBE_STRUCT(FleetContact, (), (time, certificate_until, address))

// 1 to 40 lower-case letters, digits, '-' and '.', a letter or digit first: what a host name can be.
inline bool is_agent_name(std::string_view name) {
    constexpr std::size_t bytes_max = 40;
    if (name.empty() || name.size() > bytes_max || name[0] == '-' || name[0] == '.') return false;
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

// Where an agent of another host has its sockets unless it says otherwise.
inline constexpr std::string_view run_directory_default = "/run/countersign";

// An absolute path that needs no quoting in a service file, short enough for the sockets below it.
inline bool is_run_directory(std::string_view path) {
    constexpr std::size_t bytes_max = 88;
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    return path.starts_with('/') && path.size() <= bytes_max && path.find("/..") == std::string_view::npos &&
           path.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace countersign::model
