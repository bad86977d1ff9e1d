#include "policy/case_eval.h"

#include "base/text.h"
#include "formats/json.h"
#include "model/arn.h"
#include "policy/explanation_json.h"
#include "policy/policy.h"
#include "policy/sentence.h"
#include "policy/why.h"

namespace countersign::policy {

namespace {

namespace json = formats::json;

const json::value& member(const json::object& object, std::string_view name) {
    static const json::value absent;
    const json::value* found = object.if_contains(name);
    return found == nullptr ? absent : *found;
}

Error unreadable(std::string_view name) {
    return {Fault::invalid, "\"" + std::string(name) + "\" is not what a case holds there"};
}

Result<std::string> text_at(const json::object& object, std::string_view name) {
    const json::value& value = member(object, name);
    if (!value.is_string()) return unreadable(name);
    return std::string(std::string_view(value.get_string()));
}

Result<Policy> policy_of(const json::value& document, std::string name, Form form = Form::identity) {
    auto parsed = parse_lenient(json::serialize(document), form);
    if (!parsed)
        return Error{parsed.error().fault, name + ": " + parsed.error().message, parsed.error().code};
    return Policy{std::move(name), *std::move(parsed)};
}

Result<std::vector<Policy>> policies_of(const json::value& documents, const std::string& name) {
    std::vector<Policy> policies;
    if (!documents.is_array()) return unreadable(name);
    for (const json::value& document : documents.get_array())
        policies.push_back(TRY(policy_of(document, name + "[" + std::to_string(policies.size()) + "]")));
    return policies;
}

Result<std::vector<std::vector<Policy>>> levels_of(const json::value& lists, const std::string& name) {
    std::vector<std::vector<Policy>> levels;
    if (!lists.is_array()) return unreadable(name);
    for (const json::value& list : lists.get_array())
        levels.push_back(TRY(policies_of(list, name + "[" + std::to_string(levels.size()) + "]")));
    return levels;
}

Result<PolicySet> policy_set_of(const json::object& object) {
    for (const std::string_view unknown : {"rcps", "endpointPolicies"})
        if (!member(object, unknown).is_null())
            return Error{Fault::unsupported, "\"" + std::string(unknown) + "\" is not evaluated"};
    PolicySet set;
    set.identity = TRY(policies_of(member(object, "identityPolicies"), "identityPolicies"));
    if (const json::value& given = member(object, "permissionBoundaries"); !given.is_null())
        set.boundary = TRY(policies_of(given, "permissionBoundaries"));
    if (const json::value& given = member(object, "sessionPolicy"); !given.is_null())
        set.session = {TRY(policy_of(given, "sessionPolicy"))};
    if (const json::value& given = member(object, "scps"); !given.is_null())
        set.guardrails = TRY(levels_of(given, "scps"));
    if (const json::value& given = member(object, "resourcePolicy"); !given.is_null())
        set.resource.push_back(TRY(policy_of(given, "resourcePolicy", Form::resource)));
    return set;
}

Result<Context> context_of(const json::value& given) {
    Context context;
    if (!given.is_object()) return unreadable("context");
    for (const auto& entry : given.get_object()) {
        std::vector<std::string>& values = context[lower(entry.key())];
        const json::array one = {entry.value()};
        for (const json::value& value : entry.value().is_array() ? entry.value().get_array() : one) {
            if (!value.is_string()) return unreadable("context");
            values.emplace_back(std::string_view(value.get_string()));
        }
    }
    return context;
}

Result<Request> request_of(const json::object& object) {
    Request request;
    request.principal_arn = TRY(text_at(object, "principal"));
    request.action = TRY(text_at(object, "action"));
    request.resource = TRY(text_at(object, "resource"));
    request.resource_account = TRY(text_at(object, "resourceAccount"));
    request.context = TRY(context_of(member(object, "context")));
    const auto arn = model::parse_arn(request.principal_arn);
    if (!arn) return unreadable("principal");
    request.account = arn->account;
    return request;
}

bool wants_explanation(const json::object& object) {
    const json::value& wish = member(object, "explain");
    return wish.is_bool() && wish.get_bool();
}

void answer(const json::object& object, json::object& into) {
    const auto request = request_of(object);
    if (!request) {
        into["error"] = request.error().message;
        return;
    }
    const auto policies = policy_set_of(object);
    const Decision decision = policies ? evaluate(*policies, *request) : Decision();
    into["decision"] = name_of(decision.effect());
    into["by"] = decision.by() ? json::value(decided_by_text(*decision.by())) : json::value(nullptr);
    if (!policies) {
        into["error"] = policies.error().message;
    } else if (wants_explanation(object)) {
        const Explanation explanation = explain(*policies, *request);
        into["why"] = why(explanation, *request);
        into["trail"] = to_json(explanation);
    }
}

}  // namespace

std::string evaluate_case_line(std::string_view json_line) {
    json::object result = {{"id", nullptr}};
    const auto parsed = formats::parse_json(json_line);
    if (!parsed || !parsed->is_object()) {
        result["error"] = parsed ? "The line is not a JSON object" : parsed.error().message;
    } else {
        const json::object& object = parsed->get_object();
        result["id"] = member(object, "id");
        answer(object, result);
    }
    return json::serialize(result);
}

}  // namespace countersign::policy
