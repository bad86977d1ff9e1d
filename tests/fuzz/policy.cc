// A policy document, strict and lenient: what the strict reading takes, the lenient one must take too. What
// is read is evaluated and explained: both must decide alike, and find every statement in the text. Where
// principals are renamed, none of type AWS keeps its name, and nothing else changes.
#include <cstdlib>
#include <string_view>

#include "policy/document.h"
#include "policy/draft.h"
#include "policy/explanation_json.h"
#include "policy/rename_principals.h"
#include "policy/why.h"

namespace {

using namespace countersign;

policy::Request request() {
    return {"arn:aws:iam::123456789012:user/jane",
            "123456789012",
            "rds-db:connect",
            "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-X/jane",
            "123456789012",
            {{"aws:username", {"jane"}}, {"aws:sourceip", {"10.0.0.1"}}, {"groups", {"a", "b"}}}};
}

void check_explanation(const policy::PolicySet& policies, const policy::Document& document) {
    const policy::Request asked = request();
    const policy::Explanation explanation = policy::explain(policies, asked);
    if (explanation.decision.effect() != policy::evaluate(policies, asked).effect()) std::abort();
    const auto& statements = explanation.kinds.at(0).policies.at(0).statements;
    if (statements.size() != document.statements().size()) std::abort();
    bool allows = false;
    bool denies = false;
    for (const policy::StatementTrail& statement : statements) {
        if (statement.span.end.line < statement.span.start.line || statement.span.end.line == 0) std::abort();
        if (statement.outcome == policy::Outcome::applies) (statement.allows ? allows : denies) = true;
    }
    if (explanation.decision.allowed() != (allows && !denies)) std::abort();
    if (policy::why(explanation, asked).empty() || policy::to_json(explanation).empty()) std::abort();
    static_cast<void>(policy::context_keys(document));
}

void check_names(const std::optional<policy::DraftPrincipals>& principals, std::string_view expected) {
    if (!principals) return;
    for (const auto& [type, name] : *principals)
        if (type == "AWS" && name != expected && name != "*") std::abort();
}

void check_renaming(std::string_view text) {
    const auto same =
        policy::rename_principals(text, [](const std::string& name) -> Result<std::string> { return name; });
    if (!same || *same != text) std::abort();
    if (!policy::read_draft(text)) return;
    const std::string id = "AIDAFUZZ";
    const auto renamed =
        policy::rename_principals(text, [&](const std::string&) -> Result<std::string> { return id; });
    if (!renamed) std::abort();
    const auto draft = policy::read_draft(*renamed);
    if (!draft) std::abort();
    for (const policy::DraftStatement& statement : draft->statements) {
        check_names(statement.principal, id);
        check_names(statement.not_principal, id);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_renaming(text);
    const auto strict = policy::parse(text);
    const auto lenient = policy::parse_lenient(text);
    if (strict && !lenient) std::abort();
    if (!lenient) return 0;
    policy::PolicySet policies;
    policies.identity.push_back({"fuzz", *lenient});
    check_explanation(policies, **lenient);
    return 0;
}
