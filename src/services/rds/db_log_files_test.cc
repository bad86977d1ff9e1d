#include "services/rds/db_log_files.h"

#include "services/rds/api_fixture.h"

namespace countersign::rds {
namespace {

class LogFileApi : public ApiTest {
protected:
    LogFileApi() {
        const Parameters cluster{{"DBClusterIdentifier", "Orders"},
                                 {"Engine", "aurora-postgresql"},
                                 {"MasterUsername", "postgres"},
                                 {"MasterUserPassword", "correct-horse"},
                                 {"EnableCloudwatchLogsExports.member.1", "iam-db-auth-error"}};
        EXPECT_EQ(call("CreateDBCluster", cluster).error(), ": ");
        const Parameters member{{"DBInstanceIdentifier", "orders-1"},
                                {"DBClusterIdentifier", "orders"},
                                {"Engine", "aurora-postgresql"},
                                {"DBInstanceClass", "db.r6g.large"}};
        EXPECT_EQ(call("CreateDBInstance", member).error(), ": ");
        settle();
    }
    bool exports(const std::string& identifier, const std::string& resource_id) const {
        return exports_auth_errors(*store_, {account, region, identifier, resource_id});
    }
    Answer download(const Parameters& more) const {
        Parameters parameters{{"DBInstanceIdentifier", "orders-1"}, {"LogFileName", "error/none"}};
        for (const auto& [name, value] : more) parameters[name] = value;
        return call("DownloadDBLogFilePortion", parameters);
    }
};

TEST_F(LogFileApi, TheRecordSaysWhoExportsRefusals) {
    EXPECT_TRUE(exports("Orders", "cluster-A"));
    EXPECT_FALSE(exports("orders", "db-A"));
    EXPECT_FALSE(exports("orders-1", "db-A"));
    EXPECT_FALSE(exports("none", "cluster-A"));
    EXPECT_FALSE(exports_auth_errors(*store_, {"999999999999", region, "orders", "cluster-A"}));
    const Parameters off{{"DBClusterIdentifier", "orders"},
                         {"CloudwatchLogsExportConfiguration.DisableLogTypes.member.1", "iam-db-auth-error"}};
    EXPECT_EQ(call("ModifyDBCluster", off).error(), ": ");
    EXPECT_FALSE(exports("orders", "cluster-A"));
}

TEST_F(LogFileApi, AServerWithoutLogsHasNone) {
    const Answer found = call("DescribeDBLogFiles", {{"DBInstanceIdentifier", "orders-1"}});
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(found.count("//DescribeDBLogFilesResult"), 1u);
    EXPECT_EQ(found.count("//DescribeDBLogFilesDetails"), 0u);
}

TEST_F(LogFileApi, WhatIsWrongIsSaidAsRdsDoes) {
    const Answer unknown = call("DescribeDBLogFiles", {{"DBInstanceIdentifier", "none"}});
    EXPECT_EQ(unknown.error(), "DBInstanceNotFound: DBInstance none not found.");
    EXPECT_EQ(download({}).status, 404);
    EXPECT_EQ(download({}).error(),
              "DBLogFileNotFoundFault: DBLog File: error/none, is not found on the DB instance");
    EXPECT_EQ(download({{"Marker", "x"}}).text("//Error/Code"), "InvalidParameterValue");
    EXPECT_EQ(download({{"NumberOfLines", "0"}}).text("//Error/Code"), "InvalidParameterValue");
    EXPECT_EQ(call("DescribeDBLogFiles", {{"DBInstanceIdentifier", "orders-1"}, {"MaxRecords", "5"}})
                  .text("//Error/Code"),
              "InvalidParameterValue");
}

}  // namespace
}  // namespace countersign::rds
