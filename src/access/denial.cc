#include "access/denial.h"

#include "formats/json.h"
#include "policy/explanation_json.h"
#include "policy/sentence.h"
#include "policy/why.h"

namespace countersign::access {

namespace {

namespace json = formats::json;

constexpr std::size_t message_bytes_max = 8192;  // some clients read at most 16 KiB of headers

// Binds a message to an account and to its purpose: no other sealed text opens as one.
std::string context_of(std::string_view account) {
    return "authorization-message/" + std::string(account);
}

json::object list_of(json::array items) {
    return {{"items", std::move(items)}};
}

json::object values_of(const std::vector<std::string>& values) {
    json::array items;
    for (const std::string& value : values) items.push_back(json::object{{"value", value}});
    return list_of(std::move(items));
}

json::array matched_statements(const policy::Explanation& explanation) {
    json::array matched;
    for (const policy::KindTrail& kind : explanation.kinds)
        for (const policy::PolicyTrail& trail : kind.policies)
            for (const policy::StatementTrail& statement : trail.statements)
                if (statement.outcome == policy::Outcome::applies)
                    matched.push_back(json::object{{"statementId", statement.sid},
                                                   {"effect", statement.allows ? "ALLOW" : "DENY"},
                                                   {"sourcePolicyType", policy::name_of(kind.kind)},
                                                   {"sourcePolicyId", trail.policy},
                                                   {"statement", statement.number},
                                                   {"resources", values_of(statement.resources)}});
    return matched;
}

json::array conditions(const policy::Context& context) {
    json::array items;
    for (const auto& [key, values] : context)
        items.push_back(json::object{{"key", key}, {"values", values_of(values)}});
    return items;
}

}  // namespace

std::string decoded_message(const Denial& denial) {
    const policy::Request& request = denial.request;
    const policy::Decision& decision = denial.explanation.decision;
    json::object principal = {{"id", denial.principal_id}, {"arn", request.principal_arn}};
    if (!denial.principal_name.empty()) principal["name"] = denial.principal_name;
    json::object message;
    message["allowed"] = decision.allowed();
    message["explicitDeny"] = decision.effect() == policy::Effect::explicit_deny;
    message["decidedBy"] = decision.by() ? policy::decided_by_text(*decision.by())
                                         : policy::refusal_reason(decision, request.action);
    message["why"] = policy::why(denial.explanation, request);
    message["matchedStatements"] = list_of(matched_statements(denial.explanation));
    message["failures"] = list_of({});
    message["context"] = json::object{{"principal", std::move(principal)},
                                      {"action", request.action},
                                      {"resource", request.resource},
                                      {"account", request.account},
                                      {"conditions", list_of(conditions(request.context))}};
    return json::serialize(message);
}

std::optional<std::string> encoded_message(const Denial& denial, const crypto::SealingKey& sealing,
                                           crypto::Random& random) {
    const std::string message = decoded_message(denial);
    if (message.size() > message_bytes_max) return std::nullopt;
    return sealing.seal(Secret(message), context_of(denial.request.account), random);
}

Result<std::string> decode_message(std::string_view encoded, std::string_view account,
                                   const crypto::SealingKey& sealing) {
    const Secret opened = TRY(sealing.open(encoded, context_of(account)));
    return std::string(opened.reveal());
}

}  // namespace countersign::access
