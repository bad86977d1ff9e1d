// A policy document, strict and lenient: what the strict reading takes, the lenient one must take too. What
// is read is evaluated and explained: both must decide alike, and find every statement in the text.
#include <cstdlib>
#include <string_view>

#include "policy/document.h"
#include "policy/explanation_json.h"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto strict = policy::parse(text);
    const auto lenient = policy::parse_lenient(text);
    if (strict && !lenient) std::abort();
    if (!lenient) return 0;
    policy::PolicySet policies;
    policies.identity.push_back({"fuzz", *lenient});
    check_explanation(policies, **lenient);
    return 0;
}
