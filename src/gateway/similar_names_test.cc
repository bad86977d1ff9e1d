#include "gateway/similar_names.h"

#include <gmock/gmock.h>

namespace countersign::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string_view> names = {"CreateDBCluster",     "DescribeDBClusters",
                                             "DescribeDBInstances", "AddRoleToDBCluster",
                                             "ListTagsForResource", "ModifyDBCluster"};

TEST(SimilarNames, ShareWords) {
    EXPECT_THAT(similar_names("FailoverDBCluster", names, 8),
                ElementsAre("CreateDBCluster", "DescribeDBClusters", "ModifyDBCluster", "AddRoleToDBCluster",
                            "DescribeDBInstances"));
    EXPECT_THAT(similar_names("DescribeDBCluster", names, 2),
                ElementsAre("DescribeDBClusters", "CreateDBCluster"));
    EXPECT_THAT(similar_names("DescribeReservations", names, 8),
                ElementsAre("DescribeDBClusters", "DescribeDBInstances"));
}

TEST(SimilarNames, MayBeNone) {
    EXPECT_THAT(similar_names("PurchaseReservation", names, 8), IsEmpty());
    EXPECT_THAT(similar_names("", names, 8), IsEmpty());
    EXPECT_THAT(similar_names("DescribeDBClusters", names, 0), IsEmpty());
    EXPECT_THAT(similar_names("DescribeDBClusters", {}, 8), IsEmpty());
}

}  // namespace
}  // namespace countersign::gateway
