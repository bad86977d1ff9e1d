#include "login/record_text.h"

#include "crypto/digest.h"
#include "formats/encoding.h"
#include "policy/document.h"

namespace countersign::login {

namespace {

constexpr std::string_view service = "rds-db";

PolicyTexts texts_of(const std::vector<policy::Policy>& policies) {
    PolicyTexts texts;
    for (const policy::Policy& one : policies) texts.push_back({one.name, one.document->text()});
    return texts;
}

Result<std::vector<policy::Policy>> policies_of(const PolicyTexts& texts, const Compile& compile) {
    std::vector<policy::Policy> policies;
    for (const PolicyText& text : texts) {
        auto document = TRY(compile(text.document));
        policies.push_back({text.name, std::move(document)});
    }
    return policies;
}

// An absent list stays absent: it restricts nothing, where an empty one allows nothing.
Result<std::optional<std::vector<policy::Policy>>> policies_of(const std::optional<PolicyTexts>& texts,
                                                               const Compile& compile) {
    if (!texts) return std::optional<std::vector<policy::Policy>>();
    auto policies = TRY(policies_of(*texts, compile));
    return std::optional(std::move(policies));
}

Result<policy::PolicySet> policy_set_of(const RecordText& text, const Compile& compile) {
    policy::PolicySet policies;
    policies.identity = TRY(policies_of(text.identity, compile));
    policies.boundary = TRY(policies_of(text.boundary, compile));
    policies.session = TRY(policies_of(text.session, compile));
    if (!text.guardrails) return policies;
    policies.guardrails.emplace();
    for (const PolicyTexts& level : *text.guardrails)
        policies.guardrails->push_back(TRY(policies_of(level, compile)));
    return policies;
}

}  // namespace

RecordText text_of(const LoginRecord& record) {
    const Principal& principal = *record.principal;
    RecordText text;
    text.active = record.active;
    text.date = record.scope.date;
    text.region = record.scope.region;
    text.signing_key = formats::hex(record.signing_key.reveal());
    text.session_digest = record.session_digest;
    text.expires = record.expires;
    text.arn = principal.arn;
    text.account = principal.account;
    text.context = principal.context;
    text.mfa_time = principal.mfa_time;
    text.session_name = principal.session_name;
    text.source_identity = principal.source_identity;
    text.identity = texts_of(principal.policies.identity);
    if (principal.policies.boundary) text.boundary = texts_of(*principal.policies.boundary);
    if (principal.policies.session) text.session = texts_of(*principal.policies.session);
    if (!principal.policies.guardrails) return text;
    text.guardrails.emplace();
    for (const auto& level : *principal.policies.guardrails) text.guardrails->push_back(texts_of(level));
    return text;
}

Result<LoginRecord> record_of(const RecordText& text, const Compile& compile) {
    auto principal = std::make_shared<Principal>();
    principal->arn = text.arn;
    principal->account = text.account;
    principal->context = text.context;
    principal->mfa_time = text.mfa_time;
    principal->session_name = text.session_name;
    principal->source_identity = text.source_identity;
    principal->policies = TRY(policy_set_of(text, compile));
    LoginRecord record;
    record.active = text.active;
    record.scope = {text.date, text.region, std::string(service)};
    record.signing_key = Secret(TRY(formats::from_hex(text.signing_key)));
    record.session_digest = text.session_digest;
    record.expires = text.expires;
    record.principal = std::move(principal);
    if (record.signing_key.reveal().size() != crypto::digest_bytes || text.arn.empty())
        return Error{Fault::invalid, "a login record has no principal or no key"};
    return record;
}

}  // namespace countersign::login
