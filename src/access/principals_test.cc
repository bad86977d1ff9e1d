#include "access/principals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "access/principals_fixture.h"

namespace countersign::access {
namespace {

TEST_F(PrincipalsTest, AreKeptWhileNothingChanges) {
    const KeyHolderPointer jane = find("jane");
    commit("/rds/something", "else");
    EXPECT_EQ(find("jane"), jane);
}

TEST_F(PrincipalsTest, AChangeTouchesThoseMadeOfItAndNobodyElse) {
    const std::vector<std::function<void()>> changes = {
        [this] { put_policy(deny); }, [this] { put_key("jane", model::KeyStatus::Inactive); },
        [this] { put_user("jane", {}, {policy_arn}); },
        [this] { commit(keys::group_name(account, "AGPA1"), "team"); }};
    for (const auto& change : changes) {
        put_user("jane", {"AGPA1"}, {policy_arn});
        const KeyHolderPointer jane = find("jane");
        const KeyHolderPointer bob = find("bob");
        change();
        EXPECT_NE(find("jane"), jane);
        EXPECT_EQ(find("bob"), bob);
    }
}

TEST_F(PrincipalsTest, AChangedPolicyIsTheOneThatCounts) {
    ASSERT_NE(find("jane"), nullptr);
    put_policy(deny);
    const policy::Request request{find("jane")->principal->arn, account, "rds-db:connect", "*", "", {}};
    EXPECT_EQ(policy::evaluate(find("jane")->principal->policies, request).effect(),
              policy::Effect::explicit_deny);
}

TEST_F(PrincipalsTest, ANewGuardrailTouchesTheWholeAccount) {
    const KeyHolderPointer jane = find("jane");
    const KeyHolderPointer bob = find("bob");
    put(keys::guardrail(account, "closed"), model::Guardrail{"closed", deny, {}});
    EXPECT_NE(find("jane"), jane);
    EXPECT_NE(find("bob"), bob);
    EXPECT_TRUE(find("bob")->principal->policies.guardrails);
}

TEST_F(PrincipalsTest, ADeletedKeyIsGone) {
    ASSERT_NE(find("bob"), nullptr);
    ASSERT_TRUE(store_->commit({{}, {store::erase(keys::access_key("AKIAbob"))}}));
    EXPECT_EQ(find("bob"), nullptr);
}

TEST_F(PrincipalsTest, SourcesNameEachRecordOnce) {
    const std::vector<std::string> sources = find("jane")->sources;
    for (const std::string& key :
         {keys::access_key("AKIAjane"), keys::user(account, "jane"), keys::policy(account, "shared"),
          keys::group(account, "team"), keys::group_name(account, "AGPA1"), keys::guardrails(account)})
        EXPECT_EQ(std::ranges::count(sources, key), 1) << key;
    EXPECT_EQ(std::ranges::count(find("bob")->sources, keys::user(account, "jane")), 0);
}

TEST_F(PrincipalsTest, ManyChangesAtOnceAreAllSeen) {
    const KeyHolderPointer jane = find("jane");
    for (int i = 0; i < 2500; ++i) commit(keys::user(account, "other" + std::to_string(i)), "{}");
    EXPECT_EQ(find("jane"), jane);
    put_key("jane", model::KeyStatus::Inactive);
    for (int i = 0; i < 2500; ++i) commit(keys::user(account, "other" + std::to_string(i)), "{}");
    EXPECT_EQ(find("jane")->status, model::KeyStatus::Inactive);
}

}  // namespace
}  // namespace countersign::access
