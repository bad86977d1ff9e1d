#include "policy/explanation_json.h"

#include <array>

#include "policy/sentence.h"
#include "policy/why.h"

namespace countersign::policy {

namespace {

namespace json = formats::json;

json::array texts(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object json_of(const Position& position) {
    return {{"line", position.line}, {"column", position.column}};
}

json::object json_of(const ConditionTrail& failed) {
    json::object object = {{"operator", failed.operation}, {"key", failed.key}};
    object["wanted"] = texts(failed.wanted);
    if (failed.meant != failed.wanted) object["meant"] = texts(failed.meant);
    object["seen"] = failed.missing ? json::value(nullptr) : json::value(texts(failed.seen));
    object["words"] = condition_words(failed);
    return object;
}

json::object json_of(const StatementTrail& statement) {
    json::object object = {{"statement", statement.number}};
    if (!statement.sid.empty()) object["sid"] = statement.sid;
    object["effect"] = statement.allows ? "Allow" : "Deny";
    object["outcome"] = name_of(statement.outcome);
    if (!statement.failed.empty()) {
        json::array& failed = object["failed"].emplace_array();
        for (const ConditionTrail& condition : statement.failed) failed.push_back(json_of(condition));
    }
    object["line"] = statement.span.line;
    object["start"] = json_of(statement.span.start);
    object["end"] = json_of(statement.span.end);
    return object;
}

json::object json_of(const PolicyTrail& policy) {
    json::object object = {{"policy", policy.policy}, {"readable", policy.readable}};
    json::array& statements = object["statements"].emplace_array();
    for (const StatementTrail& statement : policy.statements) statements.push_back(json_of(statement));
    return object;
}

json::object json_of(const KindTrail& kind) {
    json::object object = {{"kind", name_of(kind.kind)}};
    if (kind.kind == Kind::guardrail) object["level"] = kind.level;
    object["effect"] = name_of(kind.effect);
    json::array& policies = object["policies"].emplace_array();
    for (const PolicyTrail& policy : kind.policies) policies.push_back(json_of(policy));
    return object;
}

}  // namespace

std::string_view name_of(Effect effect) {
    if (effect == Effect::allowed) return "allowed";
    return effect == Effect::explicit_deny ? "explicitDeny" : "implicitDeny";
}

std::string_view name_of(Kind kind) {
    constexpr std::array<std::string_view, 5> names = {"identity", "boundary", "session", "guardrail",
                                                       "resource"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 5> names = {"actionDiffers", "resourceDiffers", "principalDiffers",
                                                       "conditionFailed", "applies"};
    return names[static_cast<std::size_t>(outcome)];
}

json::object to_json(const Explanation& explanation) {
    const auto& by = explanation.decision.by();
    json::object object = {{"decision", name_of(explanation.decision.effect())}};
    object["by"] = by ? json::value(decided_by_text(*by)) : json::value(nullptr);
    json::array& kinds = object["kinds"].emplace_array();
    for (const KindTrail& kind : explanation.kinds) kinds.push_back(json_of(kind));
    object["missingContextValues"] = texts(explanation.missing_keys);
    return object;
}

}  // namespace countersign::policy
