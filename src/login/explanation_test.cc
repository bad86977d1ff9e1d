#include "login/explanation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "crypto/digest.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"
#include "formats/json.h"
#include "login/token_fault.h"
#include "sigv4/token.h"

namespace countersign::login {
namespace {

namespace json = formats::json;
using std::chrono::seconds;

constexpr Instant signed_at{seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""};
constexpr const char* ada = "arn:aws:iam::123456789012:user/ada";

std::string document(const std::string& statements) {
    return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}

std::string allow(const std::string& resource, const std::string& condition = "{}") {
    return R"({"Sid":"Some","Effect":"Allow","Action":"rds-db:connect","Resource":")" + resource +
           R"(","Condition":)" + condition + "}";
}

std::shared_ptr<Principal> principal_with(const std::string& statements) {
    auto principal = std::make_shared<Principal>();
    principal->arn = ada;
    principal->account = "123456789012";
    principal->policies.identity.push_back({"user/ada/p", *policy::parse(document(statements))});
    return principal;
}

// A login that every check lets pass; each test spoils one thing.
class ExplanationTest : public testing::Test {
protected:
    ExplanationTest() {
        server_.resource_id = "cluster-R";
        server_.identifier = "orders";
        server_.region = "us-east-1";
        server_.account = "123456789012";
        server_.iam_enabled = true;
        server_.endpoints = {{"localhost", 15432}, {"db.example.com", 5432}};
        record_.active = true;
        record_.scope = {"20260101", "us-east-1", "rds-db"};
        record_.signing_key = sigv4::derive_key(key.secret_access_key, record_.scope);
        give(allow("arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/jane"));
        sign({"localhost", 15432, "us-east-1", "jane"});
    }

    void give(const std::string& statements) { record_.principal = principal_with(statements); }
    void sign(const sigv4::TokenTarget& target) { token_ = sigv4::make_token(target, key, signed_at); }

    Explanation explained() const {
        const Attempt attempt{transport_, membership_, user_, source_, SentToken(token_)};
        return explain(attempt, server_, {known_ ? &record_ : nullptr}, now_);
    }
    Step failed() const {
        for (const Step& step : explained().steps)
            if (step.outcome == Outcome::failed) return step;
        return {};
    }
    std::string detail_of(const std::string& check) const {
        const Explanation all = explained();
        const auto found = std::ranges::find(all.steps, check, &Step::check);
        return found == all.steps.end() ? "" : found->detail;
    }
    // What the hint says when the token is this text.
    std::string hint_for_text(const std::string& text) {
        token_ = text;
        EXPECT_EQ(failed().check, "token.form") << text;
        return explained().hint;
    }

    Server server_;
    LoginRecord record_;
    Transport transport_ = Transport::tls;
    Membership membership_ = Membership::member;
    std::string user_ = "jane";
    std::string source_ = "192.0.2.7";
    std::string token_;
    bool known_ = true;
    Instant now_ = signed_at + seconds(30);
};

TEST_F(ExplanationTest, NamesEveryCheckInOrder) {
    const Explanation all = explained();
    EXPECT_TRUE(all.allowed);
    EXPECT_EQ(all.hint, "");
    const std::vector<Check> checks = checks_of_login();
    ASSERT_EQ(all.steps.size(), checks.size());
    for (std::size_t i = 0; i < checks.size(); ++i) {
        EXPECT_EQ(all.steps[i].check, name_of(checks[i]));
        EXPECT_EQ(all.steps[i].outcome, Outcome::passed);
        EXPECT_NE(all.steps[i].detail, "") << all.steps[i].check;
    }
    EXPECT_EQ(detail_of("policy"), "statement 1 (Some) of user/ada/p, line 1, allows it");
    EXPECT_EQ(detail_of("token.endpoint"), "signed for localhost:15432, which is an endpoint");
    EXPECT_EQ(detail_of("token.time"),
              "signed at 2026-01-01T00:00:00Z, good until 2026-01-01T00:15:00Z; it is 2026-01-01T00:00:30Z");
}

TEST_F(ExplanationTest, SaysEverythingThatWouldRefuse) {
    transport_ = Transport::plain;
    membership_ = Membership::outsider;
    user_ = "bob";
    give(allow("arn:aws:s3:::x"));
    const Explanation all = explained();
    std::vector<std::string> failed_checks;
    for (const Step& step : all.steps) {
        EXPECT_NE(step.outcome, Outcome::not_reached) << step.check;
        EXPECT_NE(step.detail, "") << step.check;
        EXPECT_EQ(step.hint.empty(), step.outcome == Outcome::passed) << step.check;
        if (step.outcome == Outcome::failed) failed_checks.push_back(step.check);
    }
    EXPECT_EQ(failed_checks, (std::vector<std::string>{"transport", "token.user", "role", "policy"}));
    EXPECT_EQ(all.hint + all.reason, failed().hint + failed().detail);
    EXPECT_NE(all.trail, "");
}

TEST_F(ExplanationTest, WhatIsNoTokenIsAskedNothing) {
    token_ = "a password";
    const Explanation all = explained();
    EXPECT_EQ(failed().check, "token.form");
    for (const Step& step : all.steps) {
        const bool asked = step.check == "transport" || step.check == "resource" || step.check == "role";
        if (step.check == failed().check) continue;
        EXPECT_EQ(step.outcome, asked ? Outcome::passed : Outcome::not_reached) << step.check;
    }
    EXPECT_EQ(all.trail, "");
}

TEST_F(ExplanationTest, PoliciesAreAskedForWhoeverSignedAlone) {
    token_.back() = token_.back() == '0' ? '1' : '0';
    give(allow("arn:aws:s3:::x"));
    const Explanation all = explained();
    EXPECT_EQ(failed().check, "signature");
    EXPECT_EQ(all.principal_arn + all.trail + detail_of("policy"), "");
}

TEST_F(ExplanationTest, HintsAtWhatTheTokenSays) {
    sign({"localhost", 15432, "eu-west-1", "jane"});
    EXPECT_EQ(explained().hint, "sign for the region of the database: --region us-east-1");
    sign({"tunnel", 6000, "us-east-1", "jane"});
    EXPECT_EQ(
        explained().hint,
        "sign for localhost:15432 or db.example.com:5432, even where you dial another name or a tunnel; "
        "or declare the name with `countersign alias add orders tunnel:6000`");
    sign({"localhost", 15432, "us-east-1", "bob"});
    EXPECT_TRUE(explained().hint.starts_with("make the token with --username jane,"));
    sign({"localhost", 15432, "us-east-1", "jane"});
    now_ = signed_at + seconds(901);
    EXPECT_TRUE(explained().hint.starts_with("make a new token"));
    now_ = signed_at - seconds(301);
    EXPECT_NE(explained().hint.find("clock"), std::string::npos);
}

TEST_F(ExplanationTest, HintsAtWhatTheServerAndTheUserLack) {
    membership_ = Membership::outsider;
    EXPECT_EQ(explained().hint, "GRANT rds_iam TO jane");
    user_ = "Jane \"J\"";
    sign({"localhost", 15432, "us-east-1", user_});
    EXPECT_EQ(explained().hint, "GRANT rds_iam TO \"Jane \"\"J\"\"\"");
    server_.iam_enabled = false;
    EXPECT_EQ(explained().hint,
              "aws rds modify-db-cluster --db-cluster-identifier orders "
              "--enable-iam-database-authentication --apply-immediately");
    transport_ = Transport::plain;
    EXPECT_NE(explained().hint.find("sslmode=verify-full"), std::string::npos);
}

TEST_F(ExplanationTest, HintsAtWhatTheKeyLacks) {
    record_.active = false;
    EXPECT_TRUE(explained().hint.starts_with("make AKIAIOSFODNN7EXAMPLE active again"));
    record_.active = true;
    record_.expires = now_ - seconds(1);
    EXPECT_TRUE(explained().hint.starts_with("get new credentials"));
    known_ = false;
    EXPECT_NE(explained().hint.find("AKIAIOSFODNN7EXAMPLE is none"), std::string::npos);
}

TEST_F(ExplanationTest, SaysWhatHasHappenedToAToken) {
    const std::string whole = token_;
    EXPECT_TRUE(hint_for_text(whole + "\n").starts_with("strip the line break"));
    EXPECT_NE(hint_for_text("***").find("mask"), std::string::npos);
    EXPECT_TRUE(hint_for_text("'" + whole + "'").starts_with("take the quotes off"));
    EXPECT_TRUE(hint_for_text("https://" + whole).starts_with("cut https:// off"));
    EXPECT_TRUE(hint_for_text("let me in").starts_with("send a token, not a password"));
    std::string twice = whole;
    for (std::size_t at = 0; (at = twice.find("%2F", at)) != std::string::npos; at += 5)
        twice.replace(at, 3, "%252F");
    EXPECT_TRUE(hint_for_text(twice).starts_with("do not encode it again"));
    std::string other = whole;
    other.replace(other.find("rds-db"), 6, "rds");
    EXPECT_TRUE(hint_for_text(other).starts_with("sign for the service rds-db"));
    EXPECT_NE(hint_for_text(whole + "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD").find("UNSIGNED-PAYLOAD"),
              std::string::npos);
}

TEST_F(ExplanationTest, SaysWhereATokenWasCut) {
    const std::string whole = token_;
    ASSERT_GT(whole.size(), 300U);
    EXPECT_NE(hint_for_text(whole.substr(0, 255)).find("8 KiB"), std::string::npos);
    EXPECT_NE(failed().detail.find("cut off after 255 bytes, which is what clients with a buffer of 256"),
              std::string::npos);
    hint_for_text(whole.substr(0, 99));
    EXPECT_NE(failed().detail.find("psql 13"), std::string::npos);
    hint_for_text(whole.substr(0, whole.size() - 1));
    EXPECT_NE(failed().detail.find("cut off after " + std::to_string(whole.size() - 1) + " bytes"),
              std::string::npos);
}

// The token with the signature that a generator makes which signs that host and that hash of a body.
std::string signed_over(const std::string& token, const std::string& host, const std::string& hash,
                        const Secret& signing_key) {
    auto query = *formats::parse_query(token.substr(token.find('?') + 1), formats::Plus::literal);
    query.pop_back();
    const std::string request =
        sigv4::canonical_request({"GET", "/", query, {{"host", host}}, {"host"}, hash});
    const std::string to_sign =
        sigv4::string_to_sign("20260101T000000Z", {"20260101", "us-east-1", "rds-db"}, request);
    return token.substr(0, token.size() - 64) + sigv4::signature_of(signing_key, to_sign);
}

TEST_F(ExplanationTest, KnowsTheSignaturesThatAreUsuallyMadeWrongly) {
    const std::string right = token_;
    EXPECT_EQ(signed_over(right, "localhost:15432", crypto::sha256_hex(""), record_.signing_key), right);
    token_ = signed_over(right, "localhost:15432", "UNSIGNED-PAYLOAD", record_.signing_key);
    EXPECT_EQ(failed().check, "signature");
    EXPECT_TRUE(explained().hint.starts_with("sign the hash of an empty body"));
    token_ = signed_over(right, "localhost", crypto::sha256_hex(""), record_.signing_key);
    EXPECT_EQ(failed().check, "signature");
    EXPECT_TRUE(explained().hint.starts_with("sign for HOST:PORT"));
    token_ = right.substr(0, right.size() - 64) + std::string(64, '0');
    EXPECT_TRUE(explained().hint.starts_with("make the token with the secret that belongs to"));
}

TEST_F(ExplanationTest, GivesTheStatementThatIsMissing) {
    give(allow("arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/bob"));
    EXPECT_EQ(failed().check, "policy");
    EXPECT_EQ(failed().detail,
              "statement 1 (Some) of user/ada/p, line 1, would allow it, but it speaks of "
              "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/bob, not of "
              "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/jane");
    EXPECT_EQ(explained().hint,
              R"(add {"Effect":"Allow","Action":"rds-db:connect","Resource":)"
              R"("arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-R/jane"} to a policy of )" +
                  std::string(ada));
}

TEST_F(ExplanationTest, SaysWhyAConditionKeyIsAbsent) {
    give(allow("*", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"));
    EXPECT_EQ(failed().detail,
              "statement 1 (Some) of user/ada/p, line 1, would allow it, but aws:SourceIp must be in "
              "10.0.0.0/8; it is absent: logins carry no network keys unless the server runs with "
              "--connect-context full");
    EXPECT_EQ(explained().hint,
              "run the server with --connect-context full, or take the condition on aws:SourceIp out of "
              "statement 1 (Some) of user/ada/p, line 1");
    server_.context = ConnectContext::full;
    EXPECT_NE(failed().detail.find("aws:SourceIp must be in 10.0.0.0/8; it is 192.0.2.7"), std::string::npos);
    EXPECT_EQ(explained().hint,
              "meet the condition on aws:SourceIp, or change it in statement 1 (Some) of user/ada/p, line 1");
}

TEST_F(ExplanationTest, NamesTheStatementThatDenies) {
    give(allow("*") + R"(,{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"})");
    EXPECT_EQ(failed().detail, "statement 2 (No) of user/ada/p, line 1, denies it");
    EXPECT_EQ(explained().hint,
              "change or remove statement 2 (No) of user/ada/p, line 1: an explicit deny wins "
              "over every allow");
    auto bounded = principal_with(allow("*"));
    bounded->policies.boundary.emplace();
    record_.principal = bounded;
    EXPECT_NE(explained().hint.find("to the permissions boundary of"), std::string::npos);
}

TEST_F(ExplanationTest, IsTheSameFromTheAudit) {
    give(allow("*", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"));
    const Attempt attempt{transport_, membership_, user_, source_, SentToken(token_)};
    const Verdict verdict = judge(attempt, server_, {&record_}, now_);
    Recorded recorded{false,
                      std::string(name_of(verdict.failed())),
                      std::string(row_of(verdict.code()).name),
                      verdict.reason(),
                      "",
                      verdict.trail(),
                      {}};
    const Explanation later = explain(recorded);
    const Explanation now = explained();
    EXPECT_EQ(later.hint, now.hint);
    ASSERT_EQ(later.steps.size(), now.steps.size());
    for (std::size_t i = 0; i < now.steps.size(); ++i) {
        if (later.steps[i].outcome != Outcome::not_reached) {
            EXPECT_EQ(later.steps[i].outcome, now.steps[i].outcome);
        }
    }
}

TEST_F(ExplanationTest, PutsPostgresqlsOwnRefusalsFirst) {
    const Explanation all = explain(Recorded{false, "preload", "", "PostgreSQL runs without it", "", "", {}});
    EXPECT_EQ(all.steps.front().check, "preload");
    EXPECT_EQ(all.steps.front().outcome, Outcome::failed);
    EXPECT_EQ(all.steps[1].outcome, Outcome::not_reached);
    EXPECT_NE(all.hint.find("let Countersign start"), std::string::npos);
}

TEST_F(ExplanationTest, AnAuditLineWithoutADecisionIsARefusal) {
    const Explanation all = explain(Recorded{});
    EXPECT_FALSE(all.allowed);
    EXPECT_EQ(std::ranges::count(all.steps, Outcome::passed, &Step::outcome), 0);
}

TEST_F(ExplanationTest, AWhatIfAsksEverythingButTheToken) {
    const Attempt attempt{Transport::tls, Membership::member, "jane", "", {}};
    const Explanation all = explain_principal(record_.principal, attempt, server_, now_);
    EXPECT_TRUE(all.allowed);
    EXPECT_EQ(all.principal_arn, ada);
    for (const Step& step : all.steps)
        EXPECT_EQ(step.outcome, step.check.starts_with("token") || step.check == "key" ||
                                        step.check == "signature" || step.check == "throttle"
                                    ? Outcome::assumed
                                    : Outcome::passed)
            << step.check;
    EXPECT_FALSE(explain_principal(principal_with(allow("arn:aws:s3:::x")), attempt, server_, now_).allowed);
    EXPECT_FALSE(explain_principal(record_.principal, {Transport::plain, Membership::member, "jane", "", {}},
                                   server_, now_)
                     .allowed);
}

TEST_F(ExplanationTest, HoldsNoSecretPartOfTheToken) {
    const std::string signature = token_.substr(token_.size() - 64);
    token_ += '\n';
    for (const std::string& token :
         {token_, token_.substr(0, token_.size() - 20), std::string(token_ + token_)}) {
        token_ = token;
        for (const Step& step : explained().steps)
            EXPECT_EQ(step.detail.find(signature.substr(0, 8)), std::string::npos) << step.detail;
        EXPECT_EQ(explained().hint.find(signature.substr(0, 8)), std::string::npos);
    }
}

std::string text_at(const json::object& object, const char* name) {
    const json::value* found = object.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// Whether judge() and explain() say the same of a case of tests/vectors.
void agree_on(const json::object& line) {
    std::string token = text_at(line, "token");
    if (const std::string encoded = text_at(line, "token_b64"); !encoded.empty())
        token = *formats::from_base64(encoded);
    LoginRecord record;
    record.active = true;
    record.principal = principal_with(allow("*"));
    if (const auto claimed = claimed_key(SentToken(token))) record.scope = claimed->scope;
    record.signing_key = sigv4::derive_key(Secret(text_at(line, "secret_access_key")), record.scope);
    const std::string session = text_at(line, "session_token");
    if (!session.empty()) record.session_digest = crypto::sha256_hex(session);
    Server server;
    server.region = text_at(line, "region");
    server.account = "123456789012";
    server.iam_enabled = true;
    server.endpoints = {{text_at(line, "host"), static_cast<std::uint16_t>(line.at("port").as_int64())}};
    const Attempt attempt{Transport::tls, Membership::member, text_at(line, "db_user"), "", SentToken(token)};
    const Instant now = *formats::parse_extended_time(text_at(line, "now"));
    const Verdict verdict = judge(attempt, server, {&record}, now);
    const Explanation all = explain(attempt, server, {&record}, now);
    ASSERT_EQ(all.allowed, verdict.allowed()) << text_at(line, "id");
    EXPECT_EQ(all.hint.empty(), verdict.allowed()) << text_at(line, "id");
    const auto failed = std::ranges::find(all.steps, Outcome::failed, &Step::outcome);
    ASSERT_EQ(failed == all.steps.end(), verdict.allowed()) << text_at(line, "id");
    if (failed != all.steps.end()) {
        EXPECT_EQ(failed->check, name_of(verdict.failed()));
    }
}

TEST(Explanation, AgreesWithTheJudgeOnEveryVector) {
    std::size_t cases = 0;
    for (const char* name : {"tokens.jsonl", "tokens-bad.jsonl"}) {
        std::ifstream in(std::string(COUNTERSIGN_SOURCE_DIR "/tests/vectors/") + name);
        for (std::string line; std::getline(in, line); ++cases) {
            const auto parsed = formats::parse_json(line);
            ASSERT_TRUE(parsed);
            agree_on(parsed->get_object());
        }
    }
    EXPECT_GT(cases, 800U);
}

}  // namespace
}  // namespace countersign::login
