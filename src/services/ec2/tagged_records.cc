#include "services/ec2/tagged_records.h"

#include <algorithm>

#include "services/ec2/errors.h"

namespace countersign::ec2 {

using gateway::Call;

namespace {

Error unknown_id(std::string_view id) {
    return Error{Fault::not_found, fmt::format("The ID '{}' is not valid", id), "InvalidID"};
}

// The group that has the rule.
Result<store::Stored<model::SecurityGroup>> get_group_of_rule(const Deps& deps, const Call& call,
                                                              std::string_view id) {
    auto groups = TRY(network::all_groups(deps.store, place_of(call)));
    for (auto& group : groups)
        if (std::ranges::count(group.record.rules, id, &model::SecurityGroupRule::id) > 0)
            return std::move(group);
    return rule_not_found(id);
}

Result<Target> rule_target(const Deps& deps, const Call& call, std::string_view id) {
    Target target{arn_of(call, rule_kind, id)};
    const auto group = get_group_of_rule(deps, call, id);
    if (!group) return target;
    target.facts["ec2:vpc"] = {arn_of(call, vpc_kind, group->record.vpc)};
    const auto rule = std::ranges::find(group->record.rules, id, &model::SecurityGroupRule::id);
    put_resource_tags(rule->tags, target.facts);
    return target;
}

template <class Record>
Result<void> change_record(const Deps& deps, Result<store::Stored<Record>> found, const TagChange& change) {
    if (!found) return std::move(found).error();
    found->record.tags = TRY(change(std::move(found->record.tags)));
    TRY(deps.store.commit({{found->unchanged()}, {store::put(found->key, found->record)}}));
    note_change(deps);
    return {};
}

Result<void> change_rule(const Deps& deps, const Call& call, std::string_view id, const TagChange& change) {
    auto group = TRY(get_group_of_rule(deps, call, id));
    const auto rule = std::ranges::find(group.record.rules, id, &model::SecurityGroupRule::id);
    rule->tags = TRY(change(std::move(rule->tags)));
    TRY(deps.store.commit({{group.unchanged()}, {store::put(group.key, group.record)}}));
    return {};
}

template <class Record>
void add_tagged(std::vector<store::Stored<Record>> records, std::string_view kind,
                std::vector<TaggedRecord>& into) {
    for (auto& one : records) into.push_back({one.record.id, kind, std::move(one.record.tags)});
}

}  // namespace

Result<Target> target_of_id(const Deps& deps, const Call& call, std::string_view id) {
    if (id.starts_with("vpc-")) return vpc_target(deps, call, id);
    if (id.starts_with("subnet-")) return subnet_target(deps, call, id);
    if (id.starts_with("sg-")) return group_target(deps, call, id);
    if (id.starts_with("sgr-")) return rule_target(deps, call, id);
    if (id.starts_with("pl-")) return prefix_list_target(deps, call, id);
    return unknown_id(id);
}

Result<std::vector<TaggedRecord>> all_tagged(const Deps& deps, const Call& call) {
    const network::Place place = place_of(call);
    std::vector<TaggedRecord> all;
    auto vpcs = TRY(network::all_vpcs(deps.store, place));
    auto subnets = TRY(network::all_subnets(deps.store, place));
    auto groups = TRY(network::all_groups(deps.store, place));
    auto lists = TRY(network::all_prefix_lists(deps.store, place));
    for (const auto& group : groups)
        for (const model::SecurityGroupRule& rule : group.record.rules)
            all.push_back({rule.id, rule_kind, rule.tags});
    add_tagged(std::move(vpcs), vpc_kind, all);
    add_tagged(std::move(subnets), subnet_kind, all);
    add_tagged(std::move(groups), group_kind, all);
    add_tagged(std::move(lists), prefix_list_kind, all);
    return all;
}

Result<void> change_tags(const Deps& deps, const Call& call, std::string_view id, const TagChange& change) {
    return store::retry_races([&]() -> Result<void> {
        if (id.starts_with("vpc-")) return change_record(deps, get_vpc(deps, call, id), change);
        if (id.starts_with("subnet-")) return change_record(deps, get_subnet(deps, call, id), change);
        if (id.starts_with("sg-")) return change_record(deps, get_group(deps, call, id), change);
        if (id.starts_with("sgr-")) return change_rule(deps, call, id, change);
        if (id.starts_with("pl-")) return change_record(deps, get_prefix_list(deps, call, id), change);
        return unknown_id(id);
    });
}

}  // namespace countersign::ec2
