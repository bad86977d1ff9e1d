#include "services/rds/subnet_groups.h"

#include <fmt/format.h>

#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/networks.h"
#include "services/rds/paging.h"
#include "services/rds/quotas.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

Result<std::vector<store::Stored<model::DBSubnetGroup>>> all_subnet_groups(store::Store& store,
                                                                           const Call& call) {
    return store::load_all<model::DBSubnetGroup>(store, keys::subnet_groups(call.account(), call.region));
}

Result<void> check_room_for_subnet_group(const Deps& deps, const Call& call, const std::string& name) {
    const auto groups = TRY(all_subnet_groups(deps.store, call));
    for (const auto& group : groups)
        if (group.record.name == name)
            return Error{Fault::exists, fmt::format("The DB subnet group '{}' already exists.", name),
                         "DBSubnetGroupAlreadyExists"};
    if (groups.size() >= most(deps, model::quota::subnet_groups))
        return Error{Fault::conflict, "DB subnet group quota exceeded", "DBSubnetGroupQuotaExceeded"};
    return {};
}

Result<void> check_subnet_group_unused(store::Store& store, const Call& call, const std::string& name) {
    const auto in_use = [&](std::string_view kind, const std::string& user) {
        return Error{
            Fault::conflict,
            fmt::format("Cannot delete the subnet group '{}' because at least one {}: {} is still using it.",
                        name, kind, user),
            "InvalidDBSubnetGroupStateFault"};
    };
    const auto instances = TRY(all_instances(store, call));
    for (const auto& instance : instances)
        if (instance.record.subnet_group == name) return in_use("database instance", instance.record.id);
    const auto clusters = TRY(all_clusters(store, call));
    for (const auto& cluster : clusters)
        if (cluster.record.subnet_group == name) return in_use("database cluster", cluster.record.id);
    return {};
}

Result<std::string> parse_description(const std::string& text) {
    constexpr std::size_t description_bytes_max = 1024;
    TRY(check_description("DBSubnetGroupDescription", text));
    if (text.size() <= description_bytes_max) return text;
    return invalid_value(
        fmt::format("DBSubnetGroupDescription is longer than {} bytes.", description_bytes_max));
}

}  // namespace

Result<api::CreateDBSubnetGroupResult> create_subnet_group(const Deps& deps, const Call& call,
                                                           const api::CreateDBSubnetGroupMessage& input) {
    model::DBSubnetGroup group;
    group.name = TRY(parse_group_name(*input.DBSubnetGroupName));
    group.account = call.account();
    group.region = call.region;
    group.description = TRY(parse_description(*input.DBSubnetGroupDescription));
    group.subnets = TRY(parse_subnets(*input.SubnetIds, most(deps, model::quota::subnets)));
    group.tags = TRY(first_tags(input.Tags, std::nullopt, subnet_group_kind));
    const std::string key = keys::subnet_group(call.account(), call.region, group.name);
    return store::retry_races([&]() -> Result<api::CreateDBSubnetGroupResult> {
        TRY(check_room_for_subnet_group(deps, call, group.name));
        TRY(check_subnets(deps, call, group.subnets));
        TRY(deps.store.commit({{store::absent(key)}, {store::put(key, group)}}));
        api::CreateDBSubnetGroupResult answer;
        answer.DBSubnetGroup = TRY(describe(deps.store, call, group));
        return answer;
    });
}

Result<api::DBSubnetGroupMessage> describe_subnet_groups(const Deps& deps, const Call& call,
                                                         const api::DescribeDBSubnetGroupsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    std::vector<model::DBSubnetGroup> groups;
    if (input.DBSubnetGroupName) {
        auto one = TRY(find_subnet_group(deps.store, call, *input.DBSubnetGroupName));
        groups.push_back(std::move(one.record));
    } else {
        auto all = TRY(all_subnet_groups(deps.store, call));
        for (auto& stored : all) groups.push_back(std::move(stored.record));
    }
    const auto shown_page = TRY(page(
        std::move(groups), [](const auto& group) { return group.name; }, input));
    api::DBSubnetGroupMessage answer;
    for (const model::DBSubnetGroup& group : shown_page.items)
        answer.DBSubnetGroups.push_back(TRY(describe(deps.store, call, group)));
    answer.Marker = shown_page.next;
    return answer;
}

Result<api::ModifyDBSubnetGroupResult> modify_subnet_group(const Deps& deps, const Call& call,
                                                           const api::ModifyDBSubnetGroupMessage& input) {
    const std::vector<std::string> subnets =
        TRY(parse_subnets(*input.SubnetIds, most(deps, model::quota::subnets)));
    return store::retry_races([&]() -> Result<api::ModifyDBSubnetGroupResult> {
        auto stored = TRY(find_subnet_group(deps.store, call, *input.DBSubnetGroupName));
        model::DBSubnetGroup& group = stored.record;
        if (input.DBSubnetGroupDescription)
            group.description = TRY(parse_description(*input.DBSubnetGroupDescription));
        TRY(check_subnets(deps, call, subnets));
        group.subnets = subnets;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, group)}}));
        api::ModifyDBSubnetGroupResult answer;
        answer.DBSubnetGroup = TRY(describe(deps.store, call, group));
        return answer;
    });
}

Result<Nothing> delete_subnet_group(const Deps& deps, const Call& call,
                                    const api::DeleteDBSubnetGroupMessage& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_subnet_group(deps.store, call, *input.DBSubnetGroupName));
        TRY(check_subnet_group_unused(deps.store, call, stored.record.name));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

}  // namespace countersign::rds
