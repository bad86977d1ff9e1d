// Every cause for which a login is refused: what the table says of it, that the judge has it, and that
// explaining it shows no check as passed that was not made.
#include "login/refusal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "crypto/digest.h"
#include "formats/query.h"
#include "login/explanation.h"
#include "login/hints.h"
#include "login/token_fault.h"
#include "sigv4/token.h"

namespace countersign::login {
namespace {

using std::chrono::seconds;

constexpr Instant time_of_signing{seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
constexpr std::string_view session = "a session token";
const sigv4::Credentials long_term{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                   ""};
const sigv4::Credentials temporary{"ASIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                   std::string(session)};

// A login that every check lets pass, until something in it is spoiled.
struct Login {
    Login() {
        server = {"cluster-R", "us-east-1", "123456789012", true, {{"localhost", 15432}}, {}};
        server.identifier = "orders";
        record.active = true;
        record.scope = {"20260101", "us-east-1", "rds-db"};
        record.signing_key = sigv4::derive_key(long_term.secret_access_key, record.scope);
        give("*");
        sign({"localhost", 15432, "us-east-1", "jane"});
    }

    void give(const std::string& resource) {
        auto principal = std::make_shared<Principal>();
        principal->arn = "arn:aws:iam::123456789012:user/ada";
        principal->account = "123456789012";
        principal->policies.identity.push_back(
            {"p", *policy::parse(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                 R"("Action":"rds-db:connect","Resource":")" +
                                 resource + "\"}]}")});
        record.principal = std::move(principal);
    }
    void sign(const sigv4::TokenTarget& target, const sigv4::Credentials& key = long_term) {
        token = sigv4::make_token(target, key, time_of_signing);
    }
    void replace(const std::string& what, const std::string& by) {
        token.replace(token.find(what), what.size(), by);
    }
    // As a generator signs it that takes that host and that hash of a body.
    void sign_over(const std::string& host, const std::string& hash) {
        auto query = *formats::parse_query(token.substr(token.find('?') + 1), formats::Plus::literal);
        query.pop_back();
        const std::string request =
            sigv4::canonical_request({"GET", "/", query, {{"host", host}}, {"host"}, hash});
        token.replace(token.size() - 64, 64,
                      sigv4::signature_of(record.signing_key,
                                          sigv4::string_to_sign("20260101T000000Z", record.scope, request)));
    }

    Attempt attempt() const { return {transport, membership, user, "", SentToken(token), unmade}; }
    KeyFacts known() const {
        KeyFacts facts{has_record ? &record : nullptr};
        facts.unavailable = unavailable;
        facts.over_rate = over_rate;
        facts.already_used = already_used;
        return facts;
    }
    Verdict judged() const { return judge(attempt(), server, known(), now); }
    Explanation explained() const { return explain(attempt(), server, known(), now); }

    Server server;
    LoginRecord record;
    Transport transport = Transport::tls;
    Membership membership = Membership::member;
    std::string user = "jane";
    std::string token;
    std::string unavailable;
    std::string unmade;
    bool has_record = true;
    bool over_rate = false;
    bool already_used = false;
    Instant now = time_of_signing + seconds(30);
};

// What brings the judge to each of its codes but key_gone, which is for live sessions.
std::map<RefusalCode, std::function<void(Login&)>> causes() {
    using enum RefusalCode;
    const sigv4::TokenTarget right{"localhost", 15432, "us-east-1", "jane"};
    return {
        {transport_unknown, [](Login& login) { login.transport = Transport::unknown; }},
        {transport_plain, [](Login& login) { login.transport = Transport::plain; }},
        {iam_off, [](Login& login) { login.server.iam_enabled = false; }},
        {token_json, [](Login& login) { login.token = "{\"token\":\"" + login.token + "\"}"; }},
        {token_wrapped, [](Login& login) { login.token.insert(80, "\n"); }},
        {token_line_break, [](Login& login) { login.token += '\n'; }},
        {token_masked, [](Login& login) { login.token = "***"; }},
        {token_blanks_around, [](Login& login) { login.token = ' ' + login.token; }},
        {token_quoted, [](Login& login) { login.token = '"' + login.token + '"'; }},
        {token_scheme, [](Login& login) { login.token = "https://" + login.token; }},
        {token_html, [](Login& login) { login.replace("&", "&amp;"); }},
        {token_json_escaped, [](Login& login) { login.replace("&", "\\u0026"); }},
        {token_backslashes, [](Login& login) { login.replace("?", "\\?"); }},
        {token_encoded_whole, [](Login& login) { login.token = "localhost%3A1%2F%3FAction%3Dconnect"; }},
        {token_encoded_twice, [](Login& login) { login.replace("%2F", "%252F"); }},
        {token_decoded, [](Login& login) { login.replace("%2F", " "); }},
        {token_of_rds, [](Login& login) { login.replace("rds-db", "rds"); }},
        {token_payload, [](Login& login) { login.token += "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"; }},
        {token_cut_at_colon, [](Login& login) { login.token.resize(login.token.find(':')); }},
        {token_cut_at_question_mark, [](Login& login) { login.token.resize(login.token.find('?')); }},
        {token_cut_at_ampersand, [](Login& login) { login.token.resize(login.token.find('&')); }},
        {token_cut_at_buffer, [](Login& login) { login.token.resize(255); }},
        {token_cut, [](Login& login) { login.token.resize(257); }},
        {token_is_password, [](Login& login) { login.token = "secret"; }},
        {token_too_long, [](Login& login) { login.token += "&X=" + std::string(65'536, 'x'); }},
        {token_other_service, [](Login& login) { login.replace("rds-db", "s3"); }},
        {token_lifetime, [](Login& login) { login.replace("Expires=900", "Expires=901"); }},
        {token_signed_headers, [](Login& login) { login.replace("Headers=host", "Headers=host%3Bx"); }},
        {token_no_port, [](Login& login) { login.replace(":15432", ""); }},
        {token_malformed, [](Login& login) { login.replace("Action=connect", "Action=Connect"); }},
        {user_differs, [](Login& login) { login.user = "bob"; }},
        {endpoint_differs,
         [](Login& login) {
             login.sign({"tunnel", 15432, "us-east-1", "jane"});
         }},
        {region_differs,
         [](Login& login) {
             login.sign({"localhost", 15432, "eu-west-1", "jane"});
         }},
        {signed_in_future, [](Login& login) { login.now = time_of_signing - seconds(301); }},
        {token_expired, [](Login& login) { login.now = time_of_signing + seconds(901); }},
        {too_many_tokens, [](Login& login) { login.over_rate = true; }},
        {key_unavailable, [](Login& login) { login.unavailable = "the control plane is away"; }},
        {key_inactive, [](Login& login) { login.record.active = false; }},
        {session_expired, [](Login& login) { login.record.expires = time_of_signing; }},
        {key_unknown, [](Login& login) { login.has_record = false; }},
        {key_unpaired,
         [right](Login& login) {
             login.sign(right, temporary);
             login.has_record = false;
         }},
        {signature_scope, [](Login& login) { login.record.scope.date = "20260102"; }},
        {signature_unsigned_payload,
         [](Login& login) { login.sign_over("localhost:15432", "UNSIGNED-PAYLOAD"); }},
        {signature_without_port, [](Login& login) { login.sign_over("localhost", crypto::sha256_hex("")); }},
        {signature_session_token, [](Login& login) { login.record.session_digest = "another"; }},
        {signature_differs, [](Login& login) { login.token.replace(login.token.size() - 4, 4, "0000"); }},
        {membership_unknown, [](Login& login) { login.membership = Membership::unknown; }},
        {user_unmade,
         [](Login& login) {
             login.membership = Membership::outsider;
             login.unmade = "there is no group readers";
         }},
        {not_member, [](Login& login) { login.membership = Membership::outsider; }},
        {policy_denies, [](Login& login) { login.give("arn:aws:rds-db:*:*:dbuser:*/bob"); }},
        {token_used, [](Login& login) { login.already_used = true; }},
    };
}

bool is_judges(const RefusalRow& row) {
    return row.by == RefusedBy::judge && row.code != RefusalCode::key_gone;
}

// The line that the audit keeps of a refusal.
Recorded recorded_of(const RefusalRow& row, const Facts& facts) {
    return {false, std::string(name_of(row.check)), std::string(row.name), "a reason", "", "", facts};
}

TEST(Refusals, EachCodeHasACheckATextAndAHint) {
    std::set<std::string_view> names;
    for (const RefusalRow& row : refusal_rows()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(refusal_code_named(row.name), row.code);
        EXPECT_NE(name_of(row.check), "unknown") << row.name;
        EXPECT_NE(row.text, "") << row.name;
        const std::string hint = hint_for(row.code, {});
        EXPECT_NE(hint, "") << row.name;
        EXPECT_EQ(hint.find_first_of("{}"), std::string::npos) << hint;
    }
    EXPECT_EQ(refusal_code_named(""), std::nullopt);
}

TEST(Refusals, EachCheckHasAGeneralCode) {
    for (const RefusalRow& row : refusal_rows())
        EXPECT_EQ(row_of(general_code_of(name_of(row.check))).check, row.check) << row.name;
    EXPECT_EQ(general_code_of("a check of another version"), RefusalCode::postgresql_refused);
}

TEST(Refusals, TheJudgeHasEachOfItsCodes) {
    const auto all = causes();
    ASSERT_TRUE(Login().judged().allowed()) << Login().judged().reason();
    for (const RefusalRow& row : refusal_rows()) {
        ASSERT_EQ(all.contains(row.code), is_judges(row)) << row.name;
        if (!is_judges(row)) continue;
        Login login;
        all.at(row.code)(login);
        const Verdict verdict = login.judged();
        ASSERT_FALSE(verdict.allowed()) << row.name;
        EXPECT_EQ(row_of(verdict.code()).name, row.name) << verdict.reason();
        EXPECT_EQ(verdict.failed(), row.check) << row.name;
        EXPECT_EQ(verdict.reason().find_first_of("{}"), std::string::npos) << verdict.reason();
    }
    LoginRecord gone;
    EXPECT_EQ(judge_again({}, Login().server, {&gone}, time_of_signing).code(), RefusalCode::key_gone);
}

TEST(Refusals, ExplainedNowTheyShowTheChecksBeforeAsPassed) {
    for (const auto& [code, spoil] : causes()) {
        Login login;
        spoil(login);
        const Explanation explanation = login.explained();
        const RefusalRow& row = row_of(code);
        EXPECT_NE(explanation.hint, "") << row.name;
        const auto failed = std::ranges::find(explanation.steps, name_of(row.check), &Step::check);
        ASSERT_NE(failed, explanation.steps.end()) << row.name;
        for (auto step = explanation.steps.begin(); step <= failed; ++step)
            EXPECT_EQ(step->outcome, step < failed ? Outcome::passed : Outcome::failed)
                << row.name << ' ' << step->check;
    }
}

// The facts that the audit has of a refusal are those that the checks before it have brought.
TEST(Refusals, ExplainedFromTheAuditTheyShowNoCheckAsPassedThatWasNotMade) {
    Facts facts;
    facts.user = "jane";
    facts.database = "orders";
    for (const RefusalRow& row : refusal_rows()) {
        facts.access_key_id = is_judges(row) && row.check > Check::token_form ? "AKIA" : "";
        facts.principal_arn = is_judges(row) && row.check > Check::signature ? "arn" : "";
        const Explanation explanation = explain(recorded_of(row, facts));
        EXPECT_FALSE(explanation.allowed);
        EXPECT_EQ(std::ranges::count(explanation.steps, Outcome::failed, &Step::outcome), 1) << row.name;
        const auto passed = std::ranges::count(explanation.steps, Outcome::passed, &Step::outcome);
        EXPECT_EQ(passed, row.by == RefusedBy::judge ? static_cast<int>(row.check) : 0) << row.name;
    }
}

// Of lines without a code the access key tells whether a token was looked at.
TEST(Refusals, OfOldLinesWithoutAnAccessKeyNoCheckOfATokenIsShownAsPassed) {
    for (const RefusalRow& row : refusal_rows()) {
        Recorded recorded = recorded_of(row, {});
        recorded.code.clear();
        const Explanation explanation = explain(recorded);
        EXPECT_NE(explanation.hint, "") << row.name;
        for (const Step& step : explanation.steps) {
            if (step.outcome != Outcome::passed) continue;
            EXPECT_TRUE(step.check == "transport" || step.check == "resource") << row.name << step.check;
        }
        recorded.facts.access_key_id = "AKIA";
        if (row.check >= Check::agent) continue;
        EXPECT_EQ(std::ranges::count(explain(recorded).steps, Outcome::passed, &Step::outcome),
                  static_cast<int>(row.check))
            << row.name;
    }
}

TEST(Refusals, AWrongPasswordOfAnOutsiderShowsNoTick) {
    Recorded recorded{false, "role", "not_member_password", "PostgreSQL asked for its password", "", "", {}};
    recorded.facts.user = "jane";
    const Explanation explanation = explain(recorded);
    EXPECT_EQ(explanation.hint, "GRANT rds_iam TO jane");
    for (const Step& step : explanation.steps) {
        EXPECT_EQ(step.outcome, step.check == "role" ? Outcome::failed : Outcome::not_reached) << step.check;
        EXPECT_EQ(step.detail, step.check == "role" ? recorded.reason : "");
    }
}

TEST(Hints, QuoteWhatSqlWouldTakeForAnotherRole) {
    EXPECT_EQ(revoke_statement("rds_iam", "jane", ""), "REVOKE rds_iam FROM jane");
    for (const std::string word : {"current_user", "session_user", "public", "user"})
        EXPECT_EQ(revoke_statement("rds_iam", word, ""), "REVOKE rds_iam FROM \"" + word + '"');
}

}  // namespace
}  // namespace countersign::login
