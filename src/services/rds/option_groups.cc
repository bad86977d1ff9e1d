#include "services/rds/option_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/servers.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

// Every engine with every major version, once each.
std::vector<api::OptionGroup> default_groups(const Deps& deps, const Call& call) {
    std::vector<api::OptionGroup> groups;
    for (const std::string_view engine : {aurora, postgres})
        for (const databases::EngineVersion& version : deps.versions.all()) {
            const std::string major = std::to_string(version.major);
            const std::string name = option_group_name(engine, version.text());
            if (std::ranges::count(groups, name, &api::OptionGroup::OptionGroupName) > 0) continue;
            api::OptionGroup& group = groups.emplace_back();
            group.OptionGroupName = name;
            group.OptionGroupDescription = fmt::format("Default option group for {} {}", engine, major);
            group.EngineName = engine;
            group.MajorEngineVersion = major;
            group.AllowsVpcAndNonVpcInstanceMemberships = true;
            group.OptionGroupArn = arn_of(call, option_group_kind, name);
        }
    return groups;
}

Result<void> check_engine_name(const std::optional<std::string>& name) {
    if (!name || *name == aurora || *name == postgres) return {};
    return invalid_value(fmt::format("Invalid DB engine: {}", *name));
}

Result<void> check_major_version(const Deps& deps, const std::optional<std::string>& major) {
    const auto is_it = [&](const databases::EngineVersion& version) {
        return std::to_string(version.major) == *major;
    };
    if (!major || std::ranges::any_of(deps.versions.all(), is_it)) return {};
    return invalid_value(fmt::format("Invalid DB engine major version: {}", *major));
}

// By name, or by engine and version, which go together and without a name.
Result<void> check_choice(const Deps& deps, const api::DescribeOptionGroupsMessage& input) {
    if (input.OptionGroupName && (input.EngineName || input.MajorEngineVersion))
        return invalid_combination(
            "OptionGroupName cannot be specified together with EngineName or MajorEngineVersion.");
    if (input.MajorEngineVersion && !input.EngineName)
        return invalid_combination("EngineName must be specified if MajorEngineVersion is specified.");
    TRY(check_engine_name(input.EngineName));
    return check_major_version(deps, input.MajorEngineVersion);
}

}  // namespace

Result<api::OptionGroups> describe_option_groups(const Deps& deps, const Call& call,
                                                 const api::DescribeOptionGroupsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    TRY(check_choice(deps, input));
    std::vector<api::OptionGroup> groups = default_groups(deps, call);
    std::erase_if(groups, [&](const api::OptionGroup& group) {
        const bool is_named =
            !input.OptionGroupName ||
            name_of(call, option_group_kind, *input.OptionGroupName) == *group.OptionGroupName;
        return !is_named || input.EngineName.value_or(*group.EngineName) != *group.EngineName ||
               input.MajorEngineVersion.value_or(*group.MajorEngineVersion) != *group.MajorEngineVersion;
    });
    if (input.OptionGroupName && groups.empty()) return option_group_not_found(*input.OptionGroupName);
    auto shown_page = TRY(page(
        std::move(groups), [](const auto& group) { return *group.OptionGroupName; }, input));
    api::OptionGroups answer;
    answer.OptionGroupsList = std::move(shown_page.items);
    answer.Marker = std::move(shown_page.next);
    return answer;
}

Result<api::OptionGroupOptionsMessage> describe_option_group_options(
    const Deps& deps, const Call&, const api::DescribeOptionGroupOptionsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    TRY(check_engine_name(input.EngineName));
    TRY(check_major_version(deps, input.MajorEngineVersion));
    TRY(items_wanted(input));
    return api::OptionGroupOptionsMessage();
}

}  // namespace countersign::rds
