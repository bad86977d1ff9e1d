// An order to end live sessions, as it lies in the store for every agent: all that meet every condition it
// names, and began no later than its time. A value. Carrying one out twice does nothing more.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"

namespace countersign::agent {

// Which sessions are meant; an empty condition is none.
struct SessionFilter {
    std::string account = {};  // of the database
    std::vector<std::string> login_ids = {};
    std::string principal_arn = {};  // a role stands for all its sessions
    std::string access_key_id = {};
    std::string resource_id = {};  // of the database
    std::string user = {};
};
BOOST_DESCRIBE_STRUCT(SessionFilter, (),
                      (account, login_ids, principal_arn, access_key_id, resource_id, user))

bool meets(const audit::LoginEntry& login, const SessionFilter& filter);

struct SessionEnd {
    std::string id;
    Instant made;
    std::string by;  // ARN
    SessionFilter filter;
    Instant begun_until;
};
BOOST_DESCRIBE_STRUCT(SessionEnd, (), (id, made, by, filter, begun_until))

}  // namespace countersign::agent
