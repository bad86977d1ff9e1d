#include "model/keys.h"

#include <gtest/gtest.h>

namespace countersign::model::keys {
namespace {

constexpr std::string_view account_id = "111122223333";
constexpr std::string_view region = "eu-west-1";

TEST(Keys, NamesInThemAreLowerCase) {
    EXPECT_EQ(user(account_id, "Ada"), "/iam/111122223333/user/ada");
    EXPECT_EQ(instance(account_id, region, "Orders"), "/rds/111122223333/eu-west-1/instance/orders");
    EXPECT_EQ(item(ssh_public_keys(account_id, "Ada"), "APKA1"), "/iam/111122223333/ssh-key/ada/APKA1");
}

TEST(Keys, AKeyOfRdsTellsItsKind) {
    EXPECT_EQ(rds_kind_of(cluster(account_id, region, "one")), RdsKind::cluster);
    EXPECT_EQ(rds_kind_of(instance(account_id, region, "one")), RdsKind::instance);
    EXPECT_EQ(rds_kind_of(pooler(account_id, region, "one")), RdsKind::pooler);
    EXPECT_EQ(rds_kind_of(subnet_group(account_id, region, "one")), RdsKind::subnet_group);
    EXPECT_EQ(rds_kind_of(event(account_id, region, Instant(), "1")), RdsKind::event);
    EXPECT_EQ(rds_kind_of("/rds/eu-west-1/cluster/one"), RdsKind::cluster) << "as they were without accounts";
    for (const std::string& key :
         {parameter_group(account_id, region, "cluster"), user(account_id, "cluster"), rds(), std::string()})
        EXPECT_EQ(rds_kind_of(key), RdsKind::other) << key;
}

TEST(Keys, EventsLieInTheOrderOfTheirTimes) {
    const auto at = [](std::int64_t ms) {
        return event(account_id, region, Instant(std::chrono::milliseconds(ms)), "x");
    };
    EXPECT_EQ(at(7), "/rds/111122223333/eu-west-1/event/0000000000007-x");
    EXPECT_LT(at(999), at(1000));
    EXPECT_LT(at(999'999'999'999), at(1'700'000'000'000));
    EXPECT_EQ(at(-5), at(0)) << "nothing is from before 1970";
}

TEST(Keys, AChangeOfAKeyIsOneOfItsList) {
    EXPECT_EQ(list_of(guardrail(account_id, "One")), guardrails(account_id));
    EXPECT_EQ(list_of(guardrails(account_id)), guardrails(account_id));
}

}  // namespace
}  // namespace countersign::model::keys
