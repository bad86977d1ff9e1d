// Templates are validated, summarized and given back.
#include <fmt/format.h>

#include "base/text.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/prepare.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr const char* why_capabilities = "The following resource(s) require capabilities: [";

std::string reason_for(const Template& source) {
    std::vector<std::string> types;
    for (const std::string& name : types_in(source)) {
        const Type* type = find_type(name);
        if (type != nullptr && type->iam) types.push_back(name);
    }
    return why_capabilities + joined(types, ", ") + ']';
}

template <class Answer>
void put_capabilities(const Template& source, Answer& answer) {
    answer.Capabilities = capabilities_for(source);
    if (!answer.Capabilities.empty()) answer.CapabilitiesReason = reason_for(source);
}

}  // namespace

Result<api::ValidateTemplateOutput> validate_template(const Deps&, const Call&,
                                                      const api::ValidateTemplateInput& input) {
    if (!input.TemplateBody)
        return validation_error("Either Template URL or Template Body must be specified.");
    const Template source = TRY(checked_template(*input.TemplateBody));
    api::ValidateTemplateOutput answer;
    answer.Description = source.description;
    put_capabilities(source, answer);
    for (const auto& [name, declared] : source.parameters) {
        api::TemplateParameter& one = answer.Parameters.emplace_back();
        one.ParameterKey = name;
        one.NoEcho = declared.no_echo;
        if (declared.default_value)
            one.DefaultValue = declared.no_echo ? std::string(not_shown) : *declared.default_value;
        if (!declared.description.empty()) one.Description = declared.description;
    }
    return answer;
}

Result<api::GetTemplateOutput> get_template(const Deps& deps, const Call& call,
                                            const api::GetTemplateInput& input) {
    const Records records(deps, place_of(call));
    if (!input.StackName) return validation_error("StackName is required.");
    const model::Stack stack = TRY(get_stack(records, *input.StackName)).record;
    api::GetTemplateOutput answer;
    answer.StagesAvailable = {"Original", "Processed"};
    if (input.ChangeSetName) {
        const auto set = TRY(store::load<model::ChangeSet>(
            deps.store, keys::change_set(records.place().account, records.place().region, stack.uuid,
                                         *input.ChangeSetName)));
        if (!set) return Error{Fault::not_found, "ChangeSet does not exist", "ChangeSetNotFound"};
        answer.TemplateBody = set->record.source.body;
        return answer;
    }
    if (stack.status == "REVIEW_IN_PROGRESS") return validation_error("The stack has no template yet.");
    answer.TemplateBody = TRY(records.source(stack.uuid)).body;
    return answer;
}

Result<api::GetTemplateSummaryOutput> get_template_summary(const Deps& deps, const Call& call,
                                                           const api::GetTemplateSummaryInput& input) {
    const Records records(deps, place_of(call));
    std::string body = input.TemplateBody.value_or("");
    if (!input.TemplateBody && input.StackName) {
        const StoredStack found = TRY(get_stack(records, *input.StackName));
        body = TRY(records.source(found.record.uuid)).body;
    } else if (!input.TemplateBody) {
        return validation_error("Either StackName or TemplateBody must be specified.");
    }
    const Template source = TRY(checked_template(body));
    api::GetTemplateSummaryOutput answer;
    answer.Description = source.description;
    answer.Version = "2010-09-09";
    if (!source.metadata.empty()) answer.Metadata = source.metadata;
    answer.ResourceTypes = types_in(source);
    put_capabilities(source, answer);
    for (const auto& [name, declared] : source.parameters) {
        api::ParameterDeclaration& one = answer.Parameters.emplace_back();
        one.ParameterKey = name;
        one.ParameterType = declared.type;
        one.NoEcho = declared.no_echo;
        if (declared.default_value)
            one.DefaultValue = declared.no_echo ? std::string(not_shown) : *declared.default_value;
        if (!declared.description.empty()) one.Description = declared.description;
        one.ParameterConstraints.emplace();
        if (declared.allowed_values) one.ParameterConstraints->AllowedValues = *declared.allowed_values;
    }
    return answer;
}

}  // namespace countersign::cloudformation
