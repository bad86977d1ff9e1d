#include "cli/doctor_masters.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace countersign::cli {

namespace {

struct DatabaseMaster {
    std::string database;
    std::string user;
};

// Every page of a list; what cannot be read ends it.
std::vector<DatabaseMaster> list_masters(const client::ApiClient& client, std::string_view action,
                                         const char* rows, const char* identifier) {
    std::vector<DatabaseMaster> found;
    formats::Parameters parameters;
    while (true) {
        const auto answer = client.call(client::Api::rds, action, parameters);
        if (!answer) return found;
        for (const pugi::xpath_node row : answer->select_nodes(rows))
            if (*row.node().child_value("DBClusterIdentifier") == '\0' || action == "DescribeDBClusters")
                found.push_back(
                    {row.node().child_value(identifier), row.node().child_value("MasterUsername")});
        const std::string marker = answer->select_node("//Marker").node().child_value();
        if (marker.empty()) return found;
        parameters = {{"Marker", marker}};
    }
}

}  // namespace

void check_masters(const client::ApiTarget& target, attach::Checklist& list) {
    const client::ApiClient client(target);
    const auto caller = client.call(client::Api::sts, "GetCallerIdentity", {});
    if (!caller) return;
    const std::string arn = caller->select_node("//Arn").node().child_value();
    std::vector<DatabaseMaster> masters =
        list_masters(client, "DescribeDBClusters", "//DBClusters/DBCluster", "DBClusterIdentifier");
    for (DatabaseMaster& instance :
         list_masters(client, "DescribeDBInstances", "//DBInstances/DBInstance", "DBInstanceIdentifier"))
        masters.push_back(std::move(instance));
    for (const DatabaseMaster& master : masters) {
        const auto answer = client.call(client::Api::countersign, "ExplainLogin",
                                        {{"PrincipalArn", arn},
                                         {"DBIdentifier", master.database},
                                         {"DBUser", master.user},
                                         {"Region", target.region}});
        const std::string revoke = answer ? answer->select_node("//Revoke").node().child_value() : "";
        if (!revoke.empty())
            list.warn(fmt::format("{}: master user", master.database),
                      fmt::format("'{}' became a member of rds_iam through another role: its password lets "
                                  "nobody in any more",
                                  printable(master.user)),
                      revoke);
    }
}

}  // namespace countersign::cli
