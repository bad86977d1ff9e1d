#include "databases/engines/local/access_rules.h"

#include <gmock/gmock.h>

namespace countersign::databases::local {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* head =
    "# Written by Countersign; changes are lost. The first line that matches decides.\n"
    "local     all   rdsadmin          peer map=rdsadmin\n"
    "local     replication  rdsadmin   peer map=rdsadmin\n"
    "host      rdsadmin  all    all    reject\n"
    "host      all   rdsadmin   all    reject\n";

TEST(AccessRules, TheOrderIsTheOneThatIsSafe) {
    EXPECT_EQ(pg_hba({15, true, {}}), std::string(head) +
                                          "hostnossl all   +rds_iam    all   reject\n"
                                          "hostssl   all   +rds_iam    all   pam pamservice=countersign\n"
                                          "hostssl   all   all         all   scram-sha-256\n");
    EXPECT_EQ(pg_hba({15, false, {"boss"}}),
              std::string(head) + "hostssl   all   all         all   scram-sha-256\n");
}

TEST(AccessRules, WhoseAddressIsRefusedIsRefusedBeforeAnythingElse) {
    const std::string text = pg_hba({14, true, {}, {}, {}, {"128.0.0.0/1", "8000::/1"}});
    EXPECT_EQ(text.find("host      all   all   128.0.0.0/1  reject\nhost      all   all   8000::/1  reject\n"
                        "host      rdsadmin "),
              std::string(head).find("host      rdsadmin "));
}

TEST(AccessRules, StandbysComeInForReplicationAloneAndFromThisMachine) {
    const std::string lines =
        "hostssl   replication  rdsadmin   samehost  scram-sha-256\n"
        "hostssl   replication  rdsadmin   127.0.0.0/8  scram-sha-256\n";
    AccessFacts facts{15, true, {}};
    EXPECT_THAT(pg_hba(facts), Not(HasSubstr("hostssl   replication")));
    facts.followed = true;
    EXPECT_THAT(pg_hba(facts), HasSubstr(lines + "host      rdsadmin  all    all    reject\n"));
}

TEST(AccessRules, Before15APasswordMayComeWithoutTls) {
    EXPECT_THAT(pg_hba({14, true, {}}), HasSubstr("host      all   all         all   scram-sha-256\n"));
    EXPECT_THAT(pg_hba({15, true, {}}), Not(HasSubstr("\nhost      all   all  ")));
}

TEST(AccessRules, TheParameterDecidesAboutTls) {
    EXPECT_THAT(pg_hba({14, true, {}, true}), Not(HasSubstr("\nhost      all   all  ")));
    EXPECT_THAT(pg_hba({15, true, {}, false}),
                HasSubstr("host      all   all         all   scram-sha-256\n"));
    EXPECT_THAT(pg_hba({15, true, {}, false}), HasSubstr("hostnossl all   +rds_iam    all   reject\n"));
}

TEST(AccessRules, MembersInFormComeBeforeTheGroup) {
    const std::string text = pg_hba({16, true, {"boss", "al \"l\""}});
    const std::size_t boss = text.find("hostssl   all   \"boss\"  all   scram-sha-256\n");
    ASSERT_NE(boss, std::string::npos);
    EXPECT_NE(text.find("hostssl   all   \"al \"\"l\"\"\"  all   scram-sha-256\n"), std::string::npos);
    EXPECT_LT(boss, text.find("+rds_iam"));
}

TEST(AccessRules, WithUsersOnDemandWhoHasNoPasswordNeedsAToken) {
    const std::vector<std::string> users{"boss", "all", "a\nb"};
    EXPECT_EQ(pg_hba({15, true, {}, {}, users}),
              std::string(head) +
                  "hostnossl all   +rds_iam    all   reject\n"
                  "hostssl   all   +rds_iam    all   pam pamservice=countersign\n"
                  "hostssl   all   \"boss\"  all   scram-sha-256\n"
                  "hostssl   all   \"all\"  all   scram-sha-256\n"
                  "hostssl   all   all         all   pam pamservice=countersign\n");
    EXPECT_THAT(pg_hba({15, true, {}, false, users}),
                HasSubstr("host      all   \"boss\"  all   scram-sha-256\n"));
    EXPECT_EQ(pg_hba({15, false, {}, {}, users}), pg_hba({15, false, {}}))
        << "without IAM there are no tokens";
}

TEST(AccessRules, ARoleThatNoLineCanNameGetsNone) {
    for (const std::string& name : {std::string(), std::string("+rds_iam"), std::string("@file"),
                                    std::string("/.*"), std::string("a\nb"), std::string(64, 'x')}) {
        EXPECT_EQ(quoted_role(name), "");
        EXPECT_EQ(pg_hba({16, true, {name}}), pg_hba({16, true, {}}));
    }
    EXPECT_EQ(quoted_role("all"), "\"all\"");
}

TEST(AccessRules, OnlyThisUserBecomesTheAdministrator) {
    EXPECT_EQ(pg_ident("postgres"), "rdsadmin  \"postgres\"  rdsadmin\n");
}

}  // namespace
}  // namespace countersign::databases::local
