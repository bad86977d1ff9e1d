#include "agent_api/server/told_lines.h"

#include <gtest/gtest.h>

#include "formats/iso_time.h"

namespace countersign::agent_api::server {
namespace {

const Instant now = *formats::parse_extended_time("2026-01-01T12:00:00.000Z");

class ToldLines : public testing::Test {
protected:
    ToldLines() {
        server_.identifier = "orders";
        server_.resource_id = "db-1";
        server_.account = "123456789012";
        server_.region = "us-east-1";
        identity_.name = "host-1";
        identity_.accounts = {"123456789012"};
        line_.time = "2026-01-01T11:59:59.000Z";
        line_.login_id = "ABCDEFGHJKLMNPQR";
        line_.decision = audit::Decision::allowed;
        line_.resource_id = "db-1";
        line_.principal_arn = "arn:aws:iam::123456789012:user/jane";
    }
    audit::LoginEntry settled() {
        settle(line_, server_, identity_, now);
        return line_;
    }

    databases::ServerView server_;
    AgentIdentity identity_;
    audit::LoginEntry line_;
};

TEST_F(ToldLines, AreAboutTheAgentsOwnServer) {
    line_.agent = "another";
    line_.account = "999999999999";
    line_.region = "eu-west-1";
    line_.database = "salaries";
    const audit::LoginEntry line = settled();
    EXPECT_EQ(line.agent, "host-1");
    EXPECT_EQ(line.account, "123456789012");
    EXPECT_EQ(line.region, "us-east-1");
    EXPECT_EQ(line.database, "orders");
    EXPECT_EQ(line.time, "2026-01-01T11:59:59.000Z");
    EXPECT_EQ(line.principal_arn, "arn:aws:iam::123456789012:user/jane");
}

TEST_F(ToldLines, NameNobodyOfAnAccountThatIsNotTheAgents) {
    line_.session_name = "eve";
    line_.source_identity = "eve";
    for (const char* arn : {"arn:aws:iam::999999999999:user/eve", "arn:aws:sts::999999999999:x", "eve", ""}) {
        line_.principal_arn = arn;
        const audit::LoginEntry line = settled();
        EXPECT_EQ(line.principal_arn + line.session_name + line.source_identity, "") << arn;
    }
}

TEST_F(ToldLines, AreOfNoTimeToCome) {
    for (const char* time : {"2026-01-01T12:06:00.000Z", "2999-01-01T00:00:00.000Z", "soon", ""}) {
        line_.time = time;
        EXPECT_EQ(settled().time, "2026-01-01T12:00:00.000Z") << time;
    }
}

TEST_F(ToldLines, AreAsLongAsThoseOfALogin) {
    line_.application_name = std::string(4095, 'x') + "é and more";
    line_.trail = std::string(1'000'000, 'x');
    EXPECT_EQ(settled().application_name, std::string(4095, 'x'));
    EXPECT_EQ(line_.trail, "");
}

TEST_F(ToldLines, OfALaterVersionAreReadAndNotTaken) {
    const auto lines = formats::from_record<std::vector<audit::LoginEntry>>(
        R"([{"login_id": "A", "decision": "erased"}, {"login_id": "B", "decision": "allowed"}])");
    ASSERT_TRUE(lines);
    EXPECT_EQ((*lines)[0].decision, audit::Decision::unknown);
    EXPECT_EQ((*lines)[1].decision, audit::Decision::allowed);
}

TEST_F(ToldLines, SayWhatALineCanSay) {
    EXPECT_TRUE(is_line(line_));
    for (const audit::Decision decision : {audit::Decision::unknown, audit::Decision::noted}) {
        line_.decision = decision;
        EXPECT_FALSE(is_line(line_)) << name_of(decision);
    }
    line_.decision = audit::Decision::ended;
    line_.login_id = std::string(17, 'A');
    EXPECT_FALSE(is_line(line_));
    line_.login_id = "";
    EXPECT_FALSE(is_line(line_));
}

TEST_F(ToldLines, SayWhatIsSoOfTheServersRulesAndNothingElseWithoutALogin) {
    line_.decision = audit::Decision::noted;
    line_.check = "hba";
    line_.reason_code = "hba-overtaken";
    line_.reason = "line 1";
    ASSERT_TRUE(is_line(line_));
    settled();
    EXPECT_EQ(line_.reason, "line 1");
    EXPECT_EQ(line_.user, "");
    EXPECT_EQ(line_.principal_arn, "");
    EXPECT_EQ(line_.agent, identity_.name);
    EXPECT_EQ(line_.database, server_.identifier);
    for (const char* code : {"", "hba-", "hba-well"}) {
        line_.reason_code = code;
        EXPECT_FALSE(is_line(line_)) << code;
    }
}

}  // namespace
}  // namespace countersign::agent_api::server
