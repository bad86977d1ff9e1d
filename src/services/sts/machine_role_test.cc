#include "services/sts/machine_role.h"

#include "services/sts/api_fixture.h"

namespace countersign::sts {
namespace {

class MachineRoleTest : public ApiTest {
protected:
    MachineSessions sessions(const std::string& role, const std::string& service = "ec2.amazonaws.com") {
        return {{*store_, sealing_, random_, keys_of_providers_},
                {service, account, role, "i-0123456789abcdef0", {{"ec2:roledelivery", {"2.0"}}}},
                [this](const MachineSession&) { ++begun_; }};
    }
    void add_machine_role(const std::string& name, const std::string& condition = "{}") {
        add_role(name, trust(R"("Service":["ec2.amazonaws.com"])", R"("sts:AssumeRole")", condition),
                 allow(R"("iam:*")"));
    }

    int begun_ = 0;
    federation::ProviderKeys keys_of_providers_{
        [](const std::string&, const std::vector<std::string>&) -> Result<std::string> {
            return Error{Fault::unavailable, "none"};
        },
        [](const std::string&, const federation::ProviderKeys::Job&) { return false; }, clock_};
};

TEST_F(MachineRoleTest, ItsCredentialsAreASessionOfTheRole) {
    add_machine_role("app");
    MachineSessions app = sessions("app");
    const auto made = app.current(clock_.now());
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->role_arn, role_arn("app"));
    EXPECT_TRUE(made->access_key_id.starts_with("ASIA"));
    const Keys keys{made->access_key_id, std::string(made->secret_access_key.reveal()), made->session_token};
    const Answer who = call(keys, "GetCallerIdentity");
    EXPECT_EQ(who.text("//Arn"), "arn:aws:sts::123456789012:assumed-role/app/i-0123456789abcdef0");
    EXPECT_TRUE(sessions(role_arn("app")).current(clock_.now()));
}

TEST_F(MachineRoleTest, ItIsTheSameUntilAnHourBeforeItsEnd) {
    add_machine_role("app");
    MachineSessions app = sessions("app");
    const auto first = app.current(clock_.now());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->expires - first->issued, std::chrono::hours(6));
    clock_.advance(std::chrono::hours(5) - std::chrono::seconds(1));
    EXPECT_EQ(app.current(clock_.now())->access_key_id, first->access_key_id);
    EXPECT_EQ(begun_, 1);
    clock_.advance(std::chrono::seconds(1));
    const auto second = app.current(clock_.now());
    EXPECT_NE(second->access_key_id, first->access_key_id);
    EXPECT_EQ(second->expires - clock_.now(), std::chrono::hours(6));
    EXPECT_EQ(begun_, 2);
}

TEST_F(MachineRoleTest, TheRoleMustTrustTheService) {
    MachineSessions app = sessions("app");
    EXPECT_EQ(app.current(clock_.now()).error().fault, Fault::not_found);
    add_machine_role("app");
    EXPECT_TRUE(app.current(clock_.now()));
    const auto refused = sessions("app", "ecs-tasks.amazonaws.com").current(clock_.now());
    EXPECT_EQ(refused.error().fault, Fault::denied);
    EXPECT_NE(refused.error().message.find("ecs-tasks.amazonaws.com"), std::string::npos);
    add_role("own", trust(R"("AWS":"123456789012")", R"("sts:AssumeRole")"), allow(R"("*")"));
    EXPECT_EQ(sessions("own").current(clock_.now()).error().fault, Fault::denied);
    add_role("tag", trust(R"("Service":"ec2.amazonaws.com")", R"("sts:TagSession")"), allow(R"("*")"));
    EXPECT_EQ(sessions("tag").current(clock_.now()).error().fault, Fault::denied);
}

TEST_F(MachineRoleTest, TakingTheTrustOrTheRoleAwayTakesTheCredentials) {
    add_machine_role("app");
    MachineSessions app = sessions("app");
    const auto first = app.current(clock_.now());
    ASSERT_TRUE(first);
    add_role("app", trust(R"("Service":"lambda.amazonaws.com")", R"("sts:AssumeRole")"), allow(R"("*")"));
    EXPECT_EQ(app.current(clock_.now()).error().fault, Fault::denied);
    model::Role again = add_role("app", trust(R"("Service":"ec2.amazonaws.com")", R"("sts:AssumeRole")"), "");
    again.id = "AROAagain";
    put_record(model::keys::role(account, "app"), again);
    EXPECT_NE(app.current(clock_.now())->access_key_id, first->access_key_id);
}

TEST_F(MachineRoleTest, ConditionsOfTheTrustPolicyCount) {
    add_machine_role("app",
                     R"({"StringEquals":{"aws:SourceAccount":"123456789012","ec2:RoleDelivery":"2.0"}})");
    EXPECT_TRUE(sessions("app").current(clock_.now()));
    add_machine_role("other", R"({"StringEquals":{"aws:SourceAccount":"210987654321"}})");
    EXPECT_EQ(sessions("other").current(clock_.now()).error().fault, Fault::denied);
    EXPECT_EQ(sessions(role_arn("app", other_account)).current(clock_.now()).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace countersign::sts
