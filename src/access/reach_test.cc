#include "access/reach.h"

#include "access/principals_fixture.h"

namespace countersign::access {
namespace {

class ReachTest : public PrincipalsTest {
protected:
    ReachTest() { put_policy(deny); }

    void give(const std::string& statement, std::vector<model::Tag> tags = {}) {
        model::User user;
        user.name = "jane";
        user.path = "/team/";
        user.id = "AIDAjane";
        user.tags = std::move(tags);
        user.inline_policies["p"] = R"({"Version":"2012-10-17","Statement":[)" + statement + "]}";
        put(keys::user(account, "jane"), user);
    }
    static std::string allow_on(const std::string& users, const std::string& more = "") {
        return R"({"Effect":"Allow","Action":"rds-db:connect","Resource":"arn:aws:rds-db:*:*:dbuser:*/)" +
               users + '"' + more + '}';
    }
    bool somebody_could_be(const std::string& user) {
        const auto idle = users_out_of_reach(*store_, principals_, {account, "us-east-1", "db-1"}, {user},
                                             Instant(std::chrono::seconds(1'767'225'600)));
        EXPECT_TRUE(idle) << idle.error().message;
        return idle && idle->empty();
    }
};

TEST_F(ReachTest, IsWhatSomebodysPoliciesAllow) {
    EXPECT_FALSE(somebody_could_be("nora"));
    give(allow_on("nora"));
    EXPECT_TRUE(somebody_could_be("nora"));
    EXPECT_FALSE(somebody_could_be("dora"));
    give(allow_on("*"));
    EXPECT_TRUE(somebody_could_be("dora"));
    give(allow_on("nora") + "," + R"({"Effect":"Deny","Action":"*","Resource":"*"})");
    EXPECT_FALSE(somebody_could_be("nora"));
}

TEST_F(ReachTest, ConditionsAreTakenToHold) {
    give(allow_on("nora", R"(,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}})"));
    EXPECT_TRUE(somebody_could_be("nora"));
    give(
        allow_on("nora") +
        R"(,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}})");
    EXPECT_TRUE(somebody_could_be("nora"));
}

TEST_F(ReachTest, VariablesAreWhatAPrincipalHasOrMayBring) {
    give(allow_on("${aws:username}"));
    EXPECT_TRUE(somebody_could_be("jane"));
    EXPECT_FALSE(somebody_could_be("nora"));
    give(allow_on("${aws:PrincipalTag/dbuser}"), {{"dbuser", "nora"}});
    EXPECT_TRUE(somebody_could_be("nora"));
    EXPECT_FALSE(somebody_could_be("dora"));
    give(allow_on("${aws:PrincipalTag/dbuser}"));
    EXPECT_TRUE(somebody_could_be("dora")) << "a session may bring the tag";
}

TEST_F(ReachTest, RolesCountAndBoundariesToo) {
    model::Role role;
    role.name = "app";
    role.path = "/";
    role.id = "AROAapp";
    role.trust_policy = R"({"Version":"2012-10-17","Statement":[]})";
    role.inline_policies["p"] = R"({"Version":"2012-10-17","Statement":[)" + allow_on("app") + "]}";
    put(keys::role(account, "app"), role);
    EXPECT_TRUE(somebody_could_be("app"));
    role.permissions_boundary = policy_arn;
    put(keys::role(account, "app"), role);
    EXPECT_FALSE(somebody_could_be("app")) << "the boundary denies everything";
}

}  // namespace
}  // namespace countersign::access
