#include "agent/users_on_demand.h"

#include "agent/agent_fixture.h"

namespace countersign::agent {

using databases::Making;

class UsersOnDemand : public AgentTest {
protected:
    UsersOnDemand() {
        server_.tags = {{"countersign:users-on-demand", "readers writers"}};
        make_user_ = [this](const databases::ServerView&, const databases::UserWish& wish) -> Result<Making> {
            const std::lock_guard lock(mutex_);
            made_.push_back(wish.user);
            if (failure_) return *failure_;
            return making_;
        };
    }

    // Of a user whom PostgreSQL does not have, or whom it has as no member of rds_iam.
    char outcome_of(const std::string& user, const std::string& token) const {
        return ask({question(user, token, "10.0.0.1", wire::Membership::no)})->outcome();
    }
    std::vector<std::string> made() {
        const std::lock_guard lock(mutex_);
        return made_;
    }

    std::mutex mutex_;
    std::vector<std::string> made_;
    std::optional<Error> failure_;
    Making making_ = Making::made;
};

TEST_F(UsersOnDemand, TheUserOfAGoodTokenIsMade) {
    start();
    EXPECT_EQ(outcome_of("jane", token("jane")), 'a');
    EXPECT_EQ(made(), std::vector<std::string>{"jane"});
    const audit::LoginEntry entry = heard_.await(audit::Decision::allowed, 1)[0];
    EXPECT_EQ(entry.user, "jane");
    EXPECT_EQ(entry.reason, "allowed; the database user was made");
}

TEST_F(UsersOnDemand, ARefusedTokenMakesNobody) {
    start();
    records_.give(allow_bob);
    EXPECT_EQ(outcome_of("jane", token("jane")), 'r');
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].check, "policy");
    EXPECT_EQ(outcome_of("bob", token("jane")), 'r');
    EXPECT_EQ(outcome_of("bob", token("bob", seconds(901))), 'r');
    std::string altered = token("bob");
    altered.back() = altered.back() == '0' ? '1' : '0';
    EXPECT_EQ(outcome_of("bob", altered), 'r');
    EXPECT_EQ(outcome_of("bob", "no token"), 'r');
    EXPECT_TRUE(made().empty());
}

TEST_F(UsersOnDemand, WhoWasThereIsNoMemberStill) {
    making_ = Making::was_there;
    start();
    EXPECT_EQ(outcome_of("jane", token("jane")), 'r');
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].reason_code, "not_member");
}

TEST_F(UsersOnDemand, WhoWasMadeMeanwhileIsAMember) {
    making_ = Making::made_meanwhile;
    start();
    EXPECT_EQ(outcome_of("jane", token("jane")), 'a');
    EXPECT_EQ(heard_.await(audit::Decision::allowed, 1)[0].reason, "allowed");
}

TEST_F(UsersOnDemand, WhyOneCannotBeMadeIsSaid) {
    failure_ = Error{Fault::conflict, "there is no group readers"};
    start();
    EXPECT_EQ(outcome_of("jane", token("jane")), 'r');
    const audit::LoginEntry entry = heard_.await(audit::Decision::refused, 1)[0];
    EXPECT_EQ(entry.reason_code, "user_unmade");
    EXPECT_EQ(entry.reason,
              "there is no database user 'jane', and it could not be made: there is no group readers");
}

TEST_F(UsersOnDemand, AreMadeWhereTheDatabaseAsksForIt) {
    server_.tags = {{"countersign:users-on-demands", ""}};
    start();
    EXPECT_EQ(outcome_of("jane", token("jane")), 'r');
    EXPECT_EQ(heard_.await(audit::Decision::refused, 1)[0].reason_code, "not_member");
    EXPECT_TRUE(made().empty());
}

TEST_F(UsersOnDemand, MembersAreNotMadeAgain) {
    start();
    EXPECT_EQ(log_in("jane")->outcome(), 'a');
    EXPECT_TRUE(made().empty());
}

TEST(GroupsOnDemand, AreThoseThatBothTheTagsName) {
    login::Principal principal;
    const std::vector<std::string> allowed{"readers", "writers"};
    EXPECT_TRUE(groups_for(principal, allowed).empty());
    principal.context["aws:principaltag/countersign:groups"] = {"writers rds_superuser  writers other"};
    EXPECT_EQ(groups_for(principal, allowed), std::vector<std::string>{"writers"});
    EXPECT_TRUE(groups_for(principal, {}).empty());
}

}  // namespace countersign::agent
