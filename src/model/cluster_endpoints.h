// Custom endpoints of clusters, as they lie in the store beside RDS's other nouns.
// Source: Amazon Aurora User Guide, "Custom endpoints for Amazon Aurora".
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::model {

struct ClusterEndpoint {
    std::string id;
    std::string account;
    std::string region;
    std::string resource_id;                    // cluster-endpoint-…
    std::string cluster;                        // the cluster's resource id, which no other name changes
    std::string host;                           // at the cluster's port
    std::string type;                           // READER | ANY
    std::vector<std::string> static_members;    // resource ids of instances; empty: all
    std::vector<std::string> excluded_members;  // but these
    std::vector<Tag> tags;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(ClusterEndpoint, (),
                      (id, account, region, resource_id, cluster, host, type, static_members,
                       excluded_members, tags, created))

inline constexpr std::string_view reader_endpoint = "READER";
inline constexpr std::string_view any_endpoint = "ANY";

}  // namespace countersign::model
