#include "grants/plan.h"

#include <gtest/gtest.h>

namespace countersign::grants {
namespace {

constexpr const char* file = R"({
    "users": {"jane": {"memberOf": ["rds_iam", "readers"]}, "app": {}},
    "groups": {"readers": {"memberOf": []}},
    "databases": {"orders": {"connect": ["readers", "app"]}},
    "retired": ["bob"]})";

Document document(const std::string& text = file) {
    auto read = parse_document(text);
    EXPECT_TRUE(read) << read.error().message;
    return read ? *std::move(read) : Document();
}

// A server in which nothing was done yet.
Observed fresh() {
    Observed observed;
    observed.current_user = "postgres";
    observed.roles = {{"postgres", {true, false}}, {"rds_iam", {}}, {"rdsadmin", {true, true}}};
    observed.databases["orders"] = {"postgres", {"", "postgres"}};
    return observed;
}

std::vector<std::string> statements(const Document& wanted, const Observed& observed) {
    const auto changes = plan(wanted, observed);
    EXPECT_TRUE(changes) << changes.error().message;
    std::vector<std::string> all;
    if (changes)
        for (const Change& change : *changes) all.push_back(change.sql);
    return all;
}

// As PostgreSQL does what the statements say.
Observed as_wanted() {
    Observed observed = fresh();
    observed.roles["jane"] = {true, false};
    observed.roles["app"] = {true, false};
    observed.roles["readers"] = {};
    observed.memberships = {{"rds_iam", "jane", "postgres"}, {"readers", "jane", "postgres"}};
    observed.databases["orders"].connect = {"postgres", "readers", "app"};
    return observed;
}

TEST(GrantsPlan, MakesWhatIsMissing) {
    EXPECT_EQ(statements(document(), fresh()),
              (std::vector<std::string>{R"(CREATE ROLE "app" LOGIN)", R"(CREATE ROLE "jane" LOGIN)",
                                        R"(CREATE ROLE "readers" NOLOGIN)", R"(GRANT "rds_iam" TO "jane")",
                                        R"(GRANT "readers" TO "jane")",
                                        R"(GRANT CONNECT ON DATABASE "orders" TO "app")",
                                        R"(GRANT CONNECT ON DATABASE "orders" TO "readers")",
                                        R"(REVOKE CONNECT ON DATABASE "orders" FROM PUBLIC)"}));
}

TEST(GrantsPlan, HasNothingToDoTwice) {
    EXPECT_TRUE(statements(document(), as_wanted()).empty());
}

TEST(GrantsPlan, ShowsWhatDrifted) {
    Observed drifted = as_wanted();
    drifted.memberships.insert({"rds_superuser", "jane", "postgres"});
    drifted.memberships.erase({"readers", "jane", "postgres"});
    drifted.roles["jane"].login = false;
    drifted.databases["orders"].connect.insert("PUBLIC");  // a role of that name
    EXPECT_EQ(statements(document(), drifted),
              (std::vector<std::string>{
                  R"(ALTER ROLE "jane" LOGIN)", R"(REVOKE "rds_superuser" FROM "jane" GRANTED BY "postgres")",
                  R"(GRANT "readers" TO "jane")", R"(REVOKE CONNECT ON DATABASE "orders" FROM "PUBLIC")"}));
}

TEST(GrantsPlan, TakesTheRetiredOutOfService) {
    Observed observed = as_wanted();
    observed.roles["bob"] = {true, false};
    observed.memberships.insert({"rds_iam", "bob", ""});
    observed.memberships.insert({"readers", "bob", ""});
    EXPECT_EQ(statements(document(), observed),
              (std::vector<std::string>{R"(ALTER ROLE "bob" NOLOGIN)", R"(REVOKE "rds_iam" FROM "bob")"}));
}

TEST(GrantsPlan, LeavesAloneWhatIsNotNamed) {
    Observed observed = as_wanted();
    observed.roles["stranger"] = {true, false};
    observed.memberships.insert({"readers", "stranger", "postgres"});
    observed.memberships.insert({"readers", "app", "postgres"});  // app has no memberOf
    observed.databases["other"] = {"stranger", {""}};
    EXPECT_TRUE(statements(document(), observed).empty());
}

TEST(GrantsPlan, NeverTouchesASuperuserOrItself) {
    Observed observed = as_wanted();
    observed.roles["jane"].superuser = true;
    EXPECT_EQ(plan(document(), observed).error().message, "jane is a superuser, which no file changes");
    EXPECT_FALSE(plan(document(R"({"users":{"postgres":{}}})"), fresh()));
    EXPECT_FALSE(plan(document(R"({"retired":["postgres"]})"), fresh()));
}

TEST(GrantsPlan, SaysWhatIsNotThere) {
    EXPECT_EQ(plan(document(R"({"users":{"jane":{"memberOf":["writers"]}}})"), fresh()).error().message,
              "jane is to be a member of writers, which is not there; name it below groups to have it made");
    EXPECT_FALSE(plan(document(R"({"databases":{"none":{"connect":[]}}})"), fresh()));
    EXPECT_FALSE(plan(document(R"({"databases":{"orders":{"connect":["nobody"]}}})"), fresh()));
}

TEST(GrantsPlan, QuotesWhatStandsInANameAsASqlNameDoes) {
    EXPECT_EQ(statements(document(R"({"users":{"a\"; DROP ROLE jane; --":{}}})"), fresh()).front(),
              R"(CREATE ROLE "a""; DROP ROLE jane; --" LOGIN)");
}

TEST(GrantsDocument, SaysWhatIsWrong) {
    const auto complaint = [](const char* text) {
        const auto read = parse_document(text);
        return read ? std::string() : read.error().message;
    };
    EXPECT_EQ(complaint(R"({"user":{}})"),
              "there is no 'user'; users, groups, databases and retired are known");
    EXPECT_EQ(complaint(R"({"users":{"jane":{"memberof":[]}}})"),
              "users.jane: there is no 'memberof'; memberOf is known");
    EXPECT_EQ(complaint(R"({"users":{"jane":{"memberOf":"x"}}})"),
              "users.jane.memberOf: a list of names is needed");
    for (const char* role : {"rdsadmin", "rds_superuser", "pg_execute_server_program", "pg_read_all_data",
                             "pg_write_server_files", "pg_database_owner", "pg_of_tomorrow"})
        EXPECT_EQ(complaint((R"({"users":{"jane":{"memberOf":[")" + std::string(role) + R"("]}}})").c_str()),
                  "users.jane.memberOf: nobody is made a member of " + std::string(role) + " by a file");
    for (const char* role : {"rdsadmin", "rds_iam", "pg_monitor", "public", "none"})
        EXPECT_NE(complaint((R"({"users":{")" + std::string(role) + R"(":{}}})").c_str()), "");
    EXPECT_NE(complaint(R"({"users":{"a":{}},"groups":{"a":{}}})"), "");
    EXPECT_NE(complaint(R"({"users":{"a":{}},"retired":["a"]})"), "");
    EXPECT_NE(complaint(R"({"users":{"a":{"memberOf":["a"]}}})"), "");
    EXPECT_NE(complaint(R"({"users":{"a":{},"a":{}}})"), "");
    EXPECT_NE(complaint(R"({"users":{"":{}}})"), "");
    EXPECT_NE(complaint(("{\"users\":{\"" + std::string(64, 'x') + "\":{}}}").c_str()), "");
    EXPECT_NE(complaint("[]"), "");
    EXPECT_NE(complaint("no json"), "");
    EXPECT_EQ(complaint(R"({"users":{"a":{"memberOf":["pg_monitor","rds_iam","rds_password"]}}})"), "");
}

}  // namespace
}  // namespace countersign::grants
