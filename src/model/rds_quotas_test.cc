#include "model/rds_quotas.h"

#include <gtest/gtest.h>

namespace countersign::model {

namespace {

TEST(RdsQuotas, AreAwsUnlessAServerSetsThem) {
    EXPECT_EQ(most_of({}, quota::instances), 40);
    EXPECT_EQ(most_of({{"DBInstances", 200}}, quota::instances), 200);
    EXPECT_EQ(most_of({{"DBInstances", 200}}, quota::clusters), 40);
    EXPECT_EQ(most_of({}, "DBInstance"), 0) << "what is unknown there is none of";
}

TEST(RdsQuotas, AreReadFromText) {
    EXPECT_EQ(parse_quota("DBInstances=200"), std::pair(std::string("DBInstances"), std::int64_t{200}));
    EXPECT_EQ(parse_quota("DBClusters=0"), std::pair(std::string("DBClusters"), std::int64_t{0}));
    for (const char* text : {"", "DBInstances", "DBInstances=", "DBInstances=-1", "DBInstances=1 ", "=1",
                             "dbinstances=1", "ManualSnapshots=5", "DBInstances=100001", "DBInstances=1=2"})
        EXPECT_FALSE(parse_quota(text)) << text;
}

}  // namespace

}  // namespace countersign::model
