#include "services/rds/parameter_groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/quotas.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::string_view default_prefix = "default.";

// What a caller asks for when a group is made, whatever its kind.
struct NewGroup {
    std::string_view kind;
    std::string name;
    std::string family;
    std::string description;
    std::optional<std::vector<api::Tag>> tags;
    std::vector<model::SetParameter> parameters = {};
};

std::string prefix_of(const Call& call, std::string_view kind) {
    return kind == parameter_group_kind ? keys::parameter_groups(call.account(), call.region)
                                        : keys::cluster_parameter_groups(call.account(), call.region);
}

Result<std::vector<store::Stored<model::ParameterGroup>>> all_parameter_groups(store::Store& store,
                                                                               const Call& call,
                                                                               std::string_view kind) {
    return store::load_all<model::ParameterGroup>(store, prefix_of(call, kind));
}

model::ParameterGroup default_group(const Call& call, const std::string& family) {
    model::ParameterGroup group;
    group.name = std::string(default_prefix) + family;
    group.account = call.account();
    group.region = call.region;
    group.family = family;
    group.description = fmt::format("Default parameter group for {}", family);
    return group;
}

Result<void> check_room_for_parameter_group(const Deps& deps, const Call& call, const NewGroup& wanted) {
    const auto groups = TRY(all_parameter_groups(deps.store, call, wanted.kind));
    for (const auto& group : groups)
        if (group.record.name == wanted.name)
            return Error{Fault::exists, fmt::format("Parameter group {} already exists", wanted.name),
                         "DBParameterGroupAlreadyExists"};
    const std::string_view quota = wanted.kind == parameter_group_kind
                                       ? model::quota::parameter_groups
                                       : model::quota::cluster_parameter_groups;
    if (groups.size() >= most(deps, quota))
        return Error{Fault::conflict, "Parameter group quota exceeded", "DBParameterGroupQuotaExceeded"};
    return {};
}

Result<model::ParameterGroup> create(const Deps& deps, const Call& call, NewGroup wanted) {
    wanted.name = TRY(parse_long_identifier("DBParameterGroupName", wanted.name));
    TRY(check_description("Description", wanted.description));
    const std::vector<std::string> families = parameter_group_families(deps, wanted.kind);
    if (std::ranges::count(families, wanted.family) == 0)
        return invalid_value(
            fmt::format("ParameterGroupFamily {} is not a valid parameter group family", wanted.family));
    model::ParameterGroup group;
    group.name = wanted.name;
    group.account = call.account();
    group.region = call.region;
    group.family = wanted.family;
    group.description = wanted.description;
    group.parameters = wanted.parameters;
    group.tags = TRY(first_tags(wanted.tags, std::nullopt, wanted.kind));
    const std::string key = prefix_of(call, wanted.kind) + group.name;
    return store::retry_races([&]() -> Result<model::ParameterGroup> {
        TRY(check_room_for_parameter_group(deps, call, wanted));
        TRY(deps.store.commit({{store::absent(key)}, {store::put(key, group)}}));
        return group;
    });
}

// A copy of a group that has a record. A default group differs from its family in nothing.
struct AskedCopy {
    std::string_view kind;
    const std::string& source;
    NewGroup target;
};

Result<model::ParameterGroup> copy(const Deps& deps, const Call& call, AskedCopy asked) {
    if (name_of(call, asked.kind, asked.source).starts_with(default_prefix))
        return invalid_value(
            fmt::format("The default parameter group {} cannot be copied. Create a parameter group of its "
                        "family instead.",
                        asked.source));
    const auto source = TRY(find_parameter_group(deps.store, call, asked.kind, asked.source));
    asked.target.family = source.record.family;
    asked.target.parameters = source.record.parameters;
    return create(deps, call, std::move(asked.target));
}

Result<std::vector<model::ParameterGroup>> groups_asked_for(const Deps& deps, const Call& call,
                                                            std::string_view kind,
                                                            const std::optional<std::string>& name) {
    std::vector<model::ParameterGroup> groups;
    if (name) {
        auto one = TRY(look_up_parameter_group(deps, call, kind, *name));
        groups.push_back(std::move(one));
        return groups;
    }
    for (const std::string& family : parameter_group_families(deps, kind))
        groups.push_back(default_group(call, family));
    auto all = TRY(all_parameter_groups(deps.store, call, kind));
    for (auto& stored : all) groups.push_back(std::move(stored.record));
    return groups;
}

// One page of them. The input is that of either operation.
template <class Input>
Result<PageOf<model::ParameterGroup>> describe(const Deps& deps, const Call& call, std::string_view kind,
                                               const std::optional<std::string>& name, const Input& input) {
    TRY(Filters::read(input.Filters, {}));
    std::vector<model::ParameterGroup> groups = TRY(groups_asked_for(deps, call, kind, name));
    return page(
        std::move(groups), [](const auto& group) { return group.name; }, input);
}

Error still_used(std::string_view users, const std::string& name) {
    return Error{Fault::conflict,
                 fmt::format("One or more database {} are still members of this parameter group {}, so the "
                             "group cannot be deleted",
                             users, name),
                 "InvalidDBParameterGroupState"};
}

// An upgrade that is to come puts the database into it.
bool waits_for(const std::optional<model::Server>& server, const std::string& name) {
    return server && server->pending.parameter_group == name;
}

Result<void> check_parameter_group_unused(store::Store& store, const Call& call, std::string_view kind,
                                          const std::string& name) {
    if (kind == parameter_group_kind) {
        const auto instances = TRY(all_instances(store, call));
        for (const auto& instance : instances)
            if (instance.record.parameter_group == name || waits_for(instance.record.server, name))
                return still_used("instances", name);
    }
    const auto clusters = TRY(all_clusters(store, call));
    if (kind == parameter_group_kind) {
        for (const auto& cluster : clusters)
            if (cluster.record.server.pending.member_parameter_group == name)
                return still_used("instances", name);
        return {};
    }
    for (const auto& cluster : clusters)
        if (cluster.record.parameter_group == name || waits_for(cluster.record.server, name))
            return still_used("clusters", name);
    return {};
}

Result<Nothing> remove(const Deps& deps, const Call& call, std::string_view kind, const std::string& given) {
    if (const std::string name = name_of(call, kind, given); name.starts_with(default_prefix))
        return Error{
            Fault::conflict,
            fmt::format("Default {} cannot be deleted: {}",
                        kind == parameter_group_kind ? "DBParameterGroup" : "DBClusterParameterGroup", name),
            "InvalidDBParameterGroupState"};
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_parameter_group(deps.store, call, kind, given));
        TRY(check_parameter_group_unused(deps.store, call, kind, stored.record.name));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

api::DBParameterGroup to_api(const Call& call, const model::ParameterGroup& group) {
    api::DBParameterGroup answer;
    answer.DBParameterGroupName = group.name;
    answer.DBParameterGroupFamily = group.family;
    answer.Description = group.description;
    answer.DBParameterGroupArn = arn_of(call, parameter_group_kind, group.name);
    return answer;
}

api::DBClusterParameterGroup shown_of_clusters(const Call& call, const model::ParameterGroup& group) {
    api::DBClusterParameterGroup answer;
    answer.DBClusterParameterGroupName = group.name;
    answer.DBParameterGroupFamily = group.family;
    answer.Description = group.description;
    answer.DBClusterParameterGroupArn = arn_of(call, cluster_parameter_group_kind, group.name);
    return answer;
}

}  // namespace

std::vector<std::string> parameter_group_families(const Deps& deps, std::string_view kind) {
    std::vector<std::string> families;
    for (const databases::EngineVersion& version : deps.versions.all()) {
        families.push_back(family_of(aurora, version.text()));
        if (kind == parameter_group_kind) families.push_back(family_of(postgres, version.text()));
    }
    return families;
}

Result<model::ParameterGroup> look_up_parameter_group(const Deps& deps, const Call& call,
                                                      std::string_view kind, const std::string& given) {
    const std::string name = name_of(call, kind, given);
    for (const std::string& family : parameter_group_families(deps, kind))
        if (name == std::string(default_prefix) + family) return default_group(call, family);
    auto stored = TRY(find_parameter_group(deps.store, call, kind, given));
    return std::move(stored.record);
}

Result<void> refuse_default_group(const Call& call, std::string_view kind, const std::string& given) {
    const std::string name = name_of(call, kind, given);
    if (!name.starts_with(default_prefix)) return {};
    return Error{Fault::conflict, fmt::format("The default parameter group {} cannot be changed.", name),
                 "InvalidDBParameterGroupState"};
}

Result<api::CreateDBParameterGroupResult> create_parameter_group(
    const Deps& deps, const Call& call, const api::CreateDBParameterGroupMessage& input) {
    const model::ParameterGroup group =
        TRY(create(deps, call,
                   {parameter_group_kind, *input.DBParameterGroupName, *input.DBParameterGroupFamily,
                    *input.Description, input.Tags}));
    api::CreateDBParameterGroupResult answer;
    answer.DBParameterGroup = to_api(call, group);
    return answer;
}

Result<api::CreateDBClusterParameterGroupResult> create_cluster_parameter_group(
    const Deps& deps, const Call& call, const api::CreateDBClusterParameterGroupMessage& input) {
    const model::ParameterGroup group =
        TRY(create(deps, call,
                   {cluster_parameter_group_kind, *input.DBClusterParameterGroupName,
                    *input.DBParameterGroupFamily, *input.Description, input.Tags}));
    api::CreateDBClusterParameterGroupResult answer;
    answer.DBClusterParameterGroup = shown_of_clusters(call, group);
    return answer;
}

Result<api::CopyDBParameterGroupResult> copy_parameter_group(const Deps& deps, const Call& call,
                                                             const api::CopyDBParameterGroupMessage& input) {
    api::CopyDBParameterGroupResult answer;
    answer.DBParameterGroup =
        to_api(call, TRY(copy(deps, call,
                              {parameter_group_kind,
                               *input.SourceDBParameterGroupIdentifier,
                               {parameter_group_kind, *input.TargetDBParameterGroupIdentifier, "",
                                *input.TargetDBParameterGroupDescription, input.Tags}})));
    return answer;
}

Result<api::CopyDBClusterParameterGroupResult> copy_cluster_parameter_group(
    const Deps& deps, const Call& call, const api::CopyDBClusterParameterGroupMessage& input) {
    api::CopyDBClusterParameterGroupResult answer;
    answer.DBClusterParameterGroup = shown_of_clusters(
        call, TRY(copy(deps, call,
                       {cluster_parameter_group_kind,
                        *input.SourceDBClusterParameterGroupIdentifier,
                        {cluster_parameter_group_kind, *input.TargetDBClusterParameterGroupIdentifier, "",
                         *input.TargetDBClusterParameterGroupDescription, input.Tags}})));
    return answer;
}

Result<api::DBParameterGroupsMessage> describe_parameter_groups(
    const Deps& deps, const Call& call, const api::DescribeDBParameterGroupsMessage& input) {
    const auto groups = TRY(describe(deps, call, parameter_group_kind, input.DBParameterGroupName, input));
    api::DBParameterGroupsMessage answer;
    for (const model::ParameterGroup& group : groups.items)
        answer.DBParameterGroups.push_back(to_api(call, group));
    answer.Marker = groups.next;
    return answer;
}

Result<api::DBClusterParameterGroupsMessage> describe_cluster_parameter_groups(
    const Deps& deps, const Call& call, const api::DescribeDBClusterParameterGroupsMessage& input) {
    const auto groups =
        TRY(describe(deps, call, cluster_parameter_group_kind, input.DBClusterParameterGroupName, input));
    api::DBClusterParameterGroupsMessage answer;
    for (const model::ParameterGroup& group : groups.items)
        answer.DBClusterParameterGroups.push_back(shown_of_clusters(call, group));
    answer.Marker = groups.next;
    return answer;
}

Result<Nothing> delete_parameter_group(const Deps& deps, const Call& call,
                                       const api::DeleteDBParameterGroupMessage& input) {
    return remove(deps, call, parameter_group_kind, *input.DBParameterGroupName);
}

Result<Nothing> delete_cluster_parameter_group(const Deps& deps, const Call& call,
                                               const api::DeleteDBClusterParameterGroupMessage& input) {
    return remove(deps, call, cluster_parameter_group_kind, *input.DBClusterParameterGroupName);
}

}  // namespace countersign::rds
