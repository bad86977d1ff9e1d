// One event as LookupEvents answers it: what it can be looked up by, and CloudTrail's own record of it. A
// value.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "formats/json.h"

namespace countersign::cloudtrail {

struct EventResource {
    std::string type;  // AWS::RDS::DBCluster
    std::string name;
    bool operator==(const EventResource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EventResource, (), (type, name))

struct Event {
    std::string account;  // whose event it is
    std::string region;
    std::string id;
    Instant time;
    std::string name;    // CreateUser
    std::string source;  // iam.amazonaws.com
    bool read_only = false;
    std::string username;
    std::string access_key_id;
    std::vector<EventResource> resources;
    std::string record;  // CloudTrailEvent: JSON
};
BOOST_DESCRIBE_STRUCT(Event, (),
                      (account, region, id, time, name, source, read_only, username, access_key_id, resources,
                       record))

// The members that every record has. The caller adds userIdentity and what is special.
formats::json::object record_of(const Event& event);

// What others wrote, as a record holds it: printable, and of a bounded length.
std::string to_api(std::string_view text);

}  // namespace countersign::cloudtrail
