#include "services/rds/storage_rules.h"

#include <gtest/gtest.h>

namespace countersign::rds {
namespace {

std::string refusal(const Result<void>& checked) {
    return checked ? "" : checked.error().code + ": " + checked.error().message;
}

Storage storage(const char* type, std::int64_t size) {
    return {.type = type, .size = size};
}

TEST(Storage, HasASizeThatItsTypeTakes) {
    for (const auto& [type, size] : {std::pair{"gp2", 20}, {"gp2", 65'536}, {"gp3", 20}})
        EXPECT_EQ(refusal(check_storage(storage(type, size))), "") << type << size;
    EXPECT_EQ(refusal(check_storage({.size = 20})), "");
    EXPECT_EQ(refusal(check_storage({})),
              "InvalidParameterValue: The parameter AllocatedStorage must be provided and must not be null.");
    EXPECT_EQ(refusal(check_storage({.size = 10})),
              "InvalidParameterCombination: Invalid storage size for engine name postgres and storage type "
              "gp2: 10");
    EXPECT_EQ(refusal(check_storage({.type = "io1", .size = 99, .iops = 1000})),
              "InvalidParameterCombination: Invalid storage size for engine name postgres and storage type "
              "io1: 99");
    EXPECT_EQ(refusal(check_storage(storage("floppy", 20))),
              "StorageTypeNotSupported: Invalid storage type: floppy");
    EXPECT_EQ(refusal(check_storage(storage("standard", 20))),
              "InvalidParameterCombination: RDS can't create the DB instance because magnetic storage is "
              "deprecated. Set StorageType to gp2, gp3, or io2.");
}

TEST(Storage, HasTheIopsThatItsTypeTakes) {
    EXPECT_EQ(refusal(check_storage(storage("io1", 100))),
              "InvalidParameterCombination: The storage type io1 requires iops to be specified.");
    EXPECT_EQ(refusal(check_storage({.type = "io1", .size = 100, .iops = 5000})), "");
    EXPECT_EQ(refusal(check_storage({.type = "io1", .size = 100, .iops = 6000})),
              "InvalidParameterCombination: Invalid iops to storage (GiB) ratio for engine name postgres and "
              "storage type io1: 60.0000");
    EXPECT_EQ(refusal(check_storage({.type = "io1", .size = 2000, .max_size = 10'000, .iops = 3000})),
              "InvalidParameterCombination: Invalid iops to max storage (GiB) ratio for engine name postgres "
              "and storage type io1: 0.3000");
    EXPECT_EQ(refusal(check_storage({.type = "io2", .size = 100, .iops = 6000})), "");
    EXPECT_EQ(
        refusal(check_storage({.type = "gp2", .size = 100, .iops = 4000})),
        "InvalidParameterCombination: Invalid iops value for engine name postgres and storage type gp2: "
        "4000");
    const std::string small =
        "InvalidParameterCombination: You can't specify IOPS or storage throughput for engine postgres and a "
        "storage size less than 400.";
    EXPECT_EQ(refusal(check_storage({.type = "gp3", .size = 399, .iops = 12'000})), small);
    EXPECT_EQ(refusal(check_storage({.type = "gp3", .size = 399, .throughput = 500})), small);
    EXPECT_EQ(refusal(check_storage({.type = "gp3", .size = 400, .iops = 12'000, .throughput = 500})), "");
    EXPECT_EQ(refusal(check_storage({.type = "gp3", .size = 400, .iops = 16'000, .throughput = 4001})),
              "InvalidParameterCombination: Invalid storage throughput value for engine name postgres and "
              "storage type gp3: 4001");
    EXPECT_EQ(refusal(check_storage({.type = "gp2", .size = 400, .throughput = 500})),
              "InvalidParameterCombination: You can't specify storage throughput for storage type gp2.");
}

TEST(Storage, GrowsToMoreThanItHas) {
    EXPECT_EQ(refusal(check_storage({.size = 100, .max_size = 100})), "");
    EXPECT_EQ(refusal(check_storage({.size = 100, .max_size = 110})), "");
    EXPECT_EQ(refusal(check_storage({.size = 100, .max_size = 99})),
              "InvalidParameterCombination: Max storage size must be greater than storage size");
    EXPECT_EQ(refusal(check_storage({.size = 100, .max_size = 109})),
              "InvalidParameterCombination: The maximum allocated storage must be increased by at least 10 "
              "percent.");
}

TEST(Storage, NeverShrinks) {
    const Storage current{.type = "gp3", .size = 100};
    EXPECT_EQ(refusal(check_storage_change(current, {.size = 200})), "");
    EXPECT_EQ(refusal(check_storage_change(current, {.type = "gp2"})), "");
    EXPECT_EQ(refusal(check_storage_change(current, {.size = 50})),
              "InvalidParameterCombination: Requested storage size (50) cannot be less than the current "
              "storage size (100).");
    EXPECT_EQ(refusal(check_storage_change(current, {.max_size = 90})),
              "InvalidParameterCombination: Max storage size must be greater than storage size");
}

TEST(Storage, OfAClusterIsTheClusters) {
    for (const auto check : {check_new_member_storage, check_member_storage_change}) {
        EXPECT_EQ(refusal(check({})), "");
        EXPECT_EQ(refusal(check({.type = "aurora-iopt1"})), "");
        EXPECT_EQ(refusal(check({.type = "gp2"})), "StorageTypeNotSupported: Invalid storage type: gp2");
        EXPECT_EQ(refusal(check({.iops = 3000})),
                  "InvalidParameterCombination: Specifying IOPs is not allowed for this engine");
    }
    EXPECT_EQ(
        refusal(check_new_member_storage({.size = 20})),
        "InvalidParameterCombination: Invalid storage size for engine name aurora-postgresql and storage "
        "type aurora: 20");
    EXPECT_EQ(refusal(check_member_storage_change({.size = 20})),
              "InvalidParameterCombination: The specified DB instance is a member of a DB Cluster. Storage "
              "grows based on usage. You don't need to set it explicitly.");
    EXPECT_EQ(refusal(check_cluster_storage_type("aurora")), "");
    EXPECT_EQ(refusal(check_cluster_storage_type("gp3")),
              "InvalidParameterCombination: You can't use the gp3 storage type.");
}

}  // namespace
}  // namespace countersign::rds
