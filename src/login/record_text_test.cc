#include "login/record_text.h"

#include <gtest/gtest.h>

#include "formats/record.h"
#include "policy/document.h"

namespace countersign::login {
namespace {

constexpr Instant some_time{std::chrono::seconds(1'767'225'600)};
const std::string allow =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}})";
const std::string deny =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":"\u00e9\"\\"}}}]})";

policy::Policy policy_of(const std::string& name, const std::string& text) {
    return {name, *policy::parse(text)};
}

Result<std::shared_ptr<const policy::Document>> compile(const std::string& text) {
    return policy::parse_lenient(text);
}

LoginRecord record_with(policy::PolicySet policies) {
    auto principal = std::make_shared<Principal>();
    principal->arn = "arn:aws:sts::123456789012:assumed-role/r/s";
    principal->account = "123456789012";
    principal->policies = std::move(policies);
    principal->context = {{"aws:principaltag/team", {"a", "b"}}, {"aws:userid", {"AROA:s"}}};
    principal->mfa_time = some_time;
    principal->session_name = "s";
    principal->source_identity = "jane@example.org";
    LoginRecord record;
    record.active = true;
    record.scope = {"20260101", "us-east-1", "rds-db"};
    record.signing_key = Secret(std::string(32, '\x81'));
    record.session_digest = "abc";
    record.expires = some_time + std::chrono::hours(1);
    record.principal = std::move(principal);
    return record;
}

// Through JSON and back.
LoginRecord sent(const LoginRecord& record) {
    const auto text = formats::from_record<RecordText>(formats::to_record(text_of(record)));
    EXPECT_TRUE(text);
    auto read = record_of(*text, compile);
    EXPECT_TRUE(read);
    return read ? *std::move(read) : LoginRecord();
}

std::vector<std::string> shown(const std::vector<policy::Policy>& policies) {
    std::vector<std::string> all;
    for (const policy::Policy& one : policies) all.push_back(one.name + ' ' + one.document->text());
    return all;
}

TEST(RecordText, EveryFactComesBack) {
    const LoginRecord before = record_with({{policy_of("a", allow)}, {}, {}, {}, {}});
    const LoginRecord after = sent(before);
    EXPECT_EQ(after.active, before.active);
    EXPECT_EQ(after.scope, before.scope);
    EXPECT_EQ(after.signing_key.reveal(), before.signing_key.reveal());
    EXPECT_EQ(after.session_digest, before.session_digest);
    EXPECT_EQ(after.expires, before.expires);
    EXPECT_EQ(after.principal->arn, before.principal->arn);
    EXPECT_EQ(after.principal->account, before.principal->account);
    EXPECT_EQ(after.principal->context, before.principal->context);
    EXPECT_EQ(after.principal->mfa_time, before.principal->mfa_time);
    EXPECT_EQ(after.principal->session_name, before.principal->session_name);
    EXPECT_EQ(after.principal->source_identity, before.principal->source_identity);
}

TEST(RecordText, PoliciesOfEveryKindComeBack) {
    policy::PolicySet policies;
    policies.identity = {policy_of("user/u/inline", allow), policy_of("arn:aws:iam::1:policy/p", deny)};
    policies.boundary = {policy_of("boundary", allow)};
    policies.session = {policy_of("session policy", deny)};
    policies.guardrails = {{policy_of("guardrail/a", allow), policy_of("guardrail/b", deny)}, {}};
    const policy::PolicySet after = sent(record_with(policies)).principal->policies;
    EXPECT_EQ(shown(after.identity), shown(policies.identity));
    EXPECT_EQ(shown(*after.boundary), shown(*policies.boundary));
    EXPECT_EQ(shown(*after.session), shown(*policies.session));
    ASSERT_EQ(after.guardrails->size(), 2U);
    EXPECT_EQ(shown(after.guardrails->at(0)), shown(policies.guardrails->at(0)));
    EXPECT_TRUE(after.guardrails->at(1).empty());
}

// An absent list restricts nothing, an empty one allows nothing: they must not be mistaken for each other.
TEST(RecordText, AbsentListsStayAbsentAndEmptyOnesEmpty) {
    const policy::PolicySet absent = sent(record_with({})).principal->policies;
    EXPECT_FALSE(absent.boundary);
    EXPECT_FALSE(absent.session);
    EXPECT_FALSE(absent.guardrails);
    policy::PolicySet policies;
    policies.boundary.emplace();
    policies.session.emplace();
    policies.guardrails.emplace();
    const policy::PolicySet empty = sent(record_with(policies)).principal->policies;
    EXPECT_TRUE(empty.boundary && empty.boundary->empty());
    EXPECT_TRUE(empty.session && empty.session->empty());
    EXPECT_TRUE(empty.guardrails && empty.guardrails->empty());
}

TEST(RecordText, WhatIsNotWholeIsNoRecord) {
    const RecordText good = text_of(record_with({{policy_of("a", allow)}, {}, {}, {}, {}}));
    ASSERT_TRUE(record_of(good, compile));
    EXPECT_FALSE(record_of(RecordText(), compile));
    for (const char* key : {"", "00", "zz"}) {
        RecordText text = good;
        text.signing_key = key;
        EXPECT_FALSE(record_of(text, compile)) << key;
    }
    RecordText text = good;
    text.identity[0].document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]})";
    EXPECT_FALSE(record_of(text, compile));
    text = good;
    text.arn.clear();
    EXPECT_FALSE(record_of(text, compile));
}

TEST(RecordText, TheKeyIsForDatabasesOnlyWhateverTheTextSays) {
    EXPECT_EQ(record_of(text_of(record_with({})), compile)->scope.service, "rds-db");
}

}  // namespace
}  // namespace countersign::login
