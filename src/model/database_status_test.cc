#include "model/database_status.h"

#include <gtest/gtest.h>

#include "formats/record.h"
#include "model/rds.h"

using namespace countersign;
using model::DatabaseStatus;

TEST(DatabaseStatus, LiesInTheStoreAsAwsSpellsIt) {
    model::DBCluster cluster;
    cluster.status = DatabaseStatus::configuring_iam_database_auth;
    const std::string record = formats::to_record(cluster);
    EXPECT_NE(record.find(R"("status":"configuring-iam-database-auth")"), std::string::npos) << record;
    const Result<model::DBCluster> read = formats::from_record<model::DBCluster>(record);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->status, cluster.status);
}

TEST(DatabaseStatus, AWordThatIsNoStatusIsNotRead) {
    const std::string record = formats::to_record(model::DBInstance());
    for (const std::string word : {"", "Available", "configuring_iam_database_auth", "availables"}) {
        std::string altered = record;
        const std::size_t at = altered.find("creating");
        ASSERT_NE(at, std::string::npos);
        altered.replace(at, std::string_view("creating").size(), word);
        EXPECT_FALSE(formats::from_record<model::DBInstance>(altered)) << word;
    }
}
