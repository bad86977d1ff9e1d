// Who may connect to a database, by the rules of its security groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "network/region.h"
#include "policy/values.h"

namespace countersign::network {

// PostgreSQL's usual port: on AWS databases listen there, here each has a port of its own. So a rule for it
// counts for every database.
inline constexpr std::int64_t usual_port = 5432;

// More than that is not enforced address by address: nobody is admitted then.
inline constexpr std::size_t admitted_max = 2000;
inline constexpr std::size_t refused_max = 10'000;

// What the records say of a database.
struct Attachment {
    std::vector<std::string> groups;   // as they were given
    std::vector<std::string> subnets;  // of its subnet group
    std::uint16_t port = 0;
    Instant created;
};

// The VPC of the first of the subnets that is there, else the default VPC; empty where there is none.
Result<std::string> vpc_of(store::Store& store, const Place& place, const std::vector<std::string>& subnets);

// The groups whose rules count: those that are there; where none is, the default one of the VPC that its
// subnets lie in, or of the default VPC. Nothing for a database from before its region had a network, until
// it gets a group that is there: everybody may connect to it.
Result<std::optional<std::vector<model::SecurityGroup>>> groups_in_force(store::Store& store,
                                                                         const Place& place,
                                                                         const Attachment& database);

// From where a database may be reached.
struct Admission {
    std::vector<policy::Network> blocks;
    bool this_machine = false;  // where the members of groups are
};

// What the groups' rules admit to that port. What a rule refers to and is not there admits nobody.
Result<Admission> admitted(store::Store& store, const Place& place,
                           const std::vector<model::SecurityGroup>& groups, std::uint16_t port);
// Nothing where everybody may connect to the database.
Result<std::optional<Admission>> admission_of(store::Store& store, const Place& place,
                                              const Attachment& database);

// All addresses but those: the fewest blocks, in order. All addresses where there are more than
// `admitted_max` of those, or where it takes more than `refused_max` blocks. Pure.
std::vector<policy::Network> all_but(const std::vector<policy::Network>& blocks);
bool is_nobody(const std::vector<policy::Network>& refused);  // all addresses are refused

}  // namespace countersign::network
