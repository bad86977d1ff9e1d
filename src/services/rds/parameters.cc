#include "services/rds/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/server_parameters.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/parameter_groups.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;
using model::ServerParameter;

namespace {

constexpr std::size_t changes_max = 20;  // in one request
constexpr std::string_view at_once = "immediate";
constexpr std::string_view at_start = "pending-reboot";
constexpr std::string_view source_user = "user";
constexpr std::string_view source_default = "engine-default";
constexpr std::string_view source_rds = "system";

// A group by its kind and the name that the caller gave.
struct GroupRef {
    std::string_view kind;
    const std::string& given;
};

Result<const ServerParameter*> known(const std::string& family, const api::Parameter& asked) {
    if (!asked.ParameterName) return missing("ParameterName");
    const ServerParameter* parameter = model::find_server_parameter(family, lower(*asked.ParameterName));
    if (parameter == nullptr)
        return invalid_value(fmt::format("Could not find parameter with name: {}", *asked.ParameterName));
    if (!parameter->modifiable)
        return invalid_value(fmt::format("The parameter {} cannot be modified.", parameter->name));
    return parameter;
}

Result<void> check_method(const ServerParameter& parameter, const api::Parameter& asked) {
    if (!asked.ApplyMethod) return missing("ApplyMethod");
    if (*asked.ApplyMethod == at_once && parameter.applies == model::Applies::at_start)
        return invalid_combination("cannot use immediate apply method for static parameter");
    return {};
}

Result<model::SetParameter> parse_setting(const std::string& family, const api::Parameter& asked) {
    const ServerParameter* parameter = TRY(known(family, asked));
    TRY(check_method(*parameter, asked));
    const std::string value = asked.ParameterValue.value_or("");
    if (!model::takes(*parameter, value))
        return invalid_value(fmt::format("Invalid parameter value: {} for: {} allowed values are: {}", value,
                                         parameter->name, parameter->allowed));
    return model::SetParameter{std::string(parameter->name), value, *asked.ApplyMethod};
}

Result<void> check_count(const std::vector<api::Parameter>& asked) {
    if (asked.size() <= changes_max) return {};
    return invalid_value(
        fmt::format("At most {} parameters can be changed in a single request.", changes_max));
}

void unset(std::vector<model::SetParameter>& parameters, std::string_view name) {
    std::erase_if(parameters, [&](const model::SetParameter& one) { return one.name == name; });
}

// Reads the group, lets `change` work on it, and writes it back; the answer is its name.
template <class Change>
Result<std::string> change_parameters(const Deps& deps, const Call& call, const GroupRef& group,
                                      Change change) {
    TRY(refuse_default_group(call, group.kind, group.given));
    return store::retry_races([&]() -> Result<std::string> {
        auto stored = TRY(find_parameter_group(deps.store, call, group.kind, group.given));
        TRY(change(stored.record));
        std::ranges::sort(stored.record.parameters, {}, &model::SetParameter::name);
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return stored.record.name;
    });
}

Result<std::string> modify(const Deps& deps, const Call& call, const GroupRef& group,
                           const std::vector<api::Parameter>& asked) {
    TRY(check_count(asked));
    return change_parameters(deps, call, group, [&](model::ParameterGroup& record) -> Result<void> {
        for (const api::Parameter& one : asked) {
            model::SetParameter change = TRY(parse_setting(record.family, one));
            unset(record.parameters, change.name);
            record.parameters.push_back(std::move(change));
        }
        return {};
    });
}

// The input is that of either operation.
template <class Input>
Result<std::string> reset(const Deps& deps, const Call& call, const GroupRef& group, const Input& input) {
    const std::vector<api::Parameter> none;
    const std::vector<api::Parameter>& asked = input.Parameters ? *input.Parameters : none;
    const bool all = input.ResetAllParameters.value_or(false);
    if (all != asked.empty())
        return invalid_combination("Either ResetAllParameters or a list of Parameters must be given.");
    TRY(check_count(asked));
    return change_parameters(deps, call, group, [&](model::ParameterGroup& record) -> Result<void> {
        if (all) record.parameters.clear();
        for (const api::Parameter& one : asked) {
            const ServerParameter* parameter = TRY(known(record.family, one));
            TRY(check_method(*parameter, one));
            unset(record.parameters, parameter->name);
        }
        return {};
    });
}

// From major version 15 on RDS takes no connection without TLS.
std::string_view default_value(const ServerParameter& parameter, const std::string& family) {
    if (parameter.name != model::force_ssl_parameter) return parameter.value;
    return model::forces_ssl(family) ? "1" : "0";
}

api::Parameter to_api(const ServerParameter& parameter, const model::ParameterGroup& group) {
    const auto set = std::ranges::find(group.parameters, parameter.name, &model::SetParameter::name);
    const bool is_set = set != group.parameters.end();
    const bool is_dynamic = parameter.applies == model::Applies::at_once;
    api::Parameter answer;
    answer.ParameterName = parameter.name;
    const std::string value = is_set ? set->value : std::string(default_value(parameter, group.family));
    if (!value.empty()) answer.ParameterValue = value;
    answer.Description = parameter.description;
    answer.Source = is_set                                  ? source_user
                    : value.empty() && parameter.modifiable ? source_default
                                                            : source_rds;
    answer.ApplyType = is_dynamic ? "dynamic" : "static";
    answer.DataType = model::name_of(parameter.type);
    if (!parameter.allowed.empty()) answer.AllowedValues = parameter.allowed;
    answer.IsModifiable = parameter.modifiable;
    answer.ApplyMethod = is_set ? set->apply_method : std::string(at_start);
    return answer;
}

// The input is that of either operation.
template <class Input>
Result<PageOf<api::Parameter>> describe(const Deps& deps, const Call& call, const GroupRef& asked,
                                        const Input& input) {
    constexpr std::array sources = {source_user, source_default, source_rds};
    TRY(Filters::read(input.Filters, {}));
    if (input.Source && std::ranges::count(sources, *input.Source) == 0)
        return invalid_value(fmt::format("Invalid value {} for Source.", *input.Source));
    const model::ParameterGroup group = TRY(look_up_parameter_group(deps, call, asked.kind, asked.given));
    std::vector<api::Parameter> parameters;
    for (const ServerParameter* parameter : model::server_parameters_of(group.family)) {
        api::Parameter one = to_api(*parameter, group);
        if (!input.Source || one.Source == *input.Source) parameters.push_back(std::move(one));
    }
    return page(
        std::move(parameters), [](const auto& one) { return *one.ParameterName; }, input);
}

// The parameters of a family as its engine has them, before any group.
template <class Input>
Result<api::EngineDefaults> engine_defaults(const Deps& deps, std::string_view kind, const Input& input) {
    TRY(Filters::read(input.Filters, {}));
    model::ParameterGroup none;
    none.family = *input.DBParameterGroupFamily;
    const std::vector<std::string> families = parameter_group_families(deps, kind);
    if (std::ranges::count(families, none.family) == 0)
        return invalid_value(
            fmt::format("ParameterGroupFamily {} is not a valid parameter group family", none.family));
    std::vector<api::Parameter> parameters;
    for (const ServerParameter* parameter : model::server_parameters_of(none.family)) {
        parameters.push_back(to_api(*parameter, none));
        parameters.back().ApplyMethod.reset();
    }
    auto shown_page = TRY(page(
        std::move(parameters), [](const auto& one) { return *one.ParameterName; }, input));
    api::EngineDefaults defaults;
    defaults.DBParameterGroupFamily = none.family;
    defaults.Parameters = std::move(shown_page.items);
    defaults.Marker = std::move(shown_page.next);
    return defaults;
}

}  // namespace

Result<api::DBParameterGroupNameMessage> modify_parameter_group(
    const Deps& deps, const Call& call, const api::ModifyDBParameterGroupMessage& input) {
    api::DBParameterGroupNameMessage answer;
    answer.DBParameterGroupName =
        TRY(modify(deps, call, {parameter_group_kind, *input.DBParameterGroupName}, *input.Parameters));
    return answer;
}

Result<api::DBClusterParameterGroupNameMessage> modify_cluster_parameter_group(
    const Deps& deps, const Call& call, const api::ModifyDBClusterParameterGroupMessage& input) {
    api::DBClusterParameterGroupNameMessage answer;
    answer.DBClusterParameterGroupName = TRY(modify(
        deps, call, {cluster_parameter_group_kind, *input.DBClusterParameterGroupName}, *input.Parameters));
    return answer;
}

Result<api::DBParameterGroupNameMessage> reset_parameter_group(
    const Deps& deps, const Call& call, const api::ResetDBParameterGroupMessage& input) {
    api::DBParameterGroupNameMessage answer;
    answer.DBParameterGroupName =
        TRY(reset(deps, call, {parameter_group_kind, *input.DBParameterGroupName}, input));
    return answer;
}

Result<api::DBClusterParameterGroupNameMessage> reset_cluster_parameter_group(
    const Deps& deps, const Call& call, const api::ResetDBClusterParameterGroupMessage& input) {
    api::DBClusterParameterGroupNameMessage answer;
    answer.DBClusterParameterGroupName =
        TRY(reset(deps, call, {cluster_parameter_group_kind, *input.DBClusterParameterGroupName}, input));
    return answer;
}

Result<api::DBParameterGroupDetails> describe_parameters(const Deps& deps, const Call& call,
                                                         const api::DescribeDBParametersMessage& input) {
    auto shown_page = TRY(describe(deps, call, {parameter_group_kind, *input.DBParameterGroupName}, input));
    api::DBParameterGroupDetails answer;
    answer.Parameters = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

Result<api::DBClusterParameterGroupDetails> describe_cluster_parameters(
    const Deps& deps, const Call& call, const api::DescribeDBClusterParametersMessage& input) {
    auto shown_page =
        TRY(describe(deps, call, {cluster_parameter_group_kind, *input.DBClusterParameterGroupName}, input));
    api::DBClusterParameterGroupDetails answer;
    answer.Parameters = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

Result<api::DescribeEngineDefaultParametersResult> describe_engine_defaults(
    const Deps& deps, const Call&, const api::DescribeEngineDefaultParametersMessage& input) {
    api::DescribeEngineDefaultParametersResult answer;
    answer.EngineDefaults = TRY(engine_defaults(deps, parameter_group_kind, input));
    return answer;
}

Result<api::DescribeEngineDefaultClusterParametersResult> describe_engine_cluster_defaults(
    const Deps& deps, const Call&, const api::DescribeEngineDefaultClusterParametersMessage& input) {
    api::DescribeEngineDefaultClusterParametersResult answer;
    answer.EngineDefaults = TRY(engine_defaults(deps, cluster_parameter_group_kind, input));
    return answer;
}

}  // namespace countersign::rds
