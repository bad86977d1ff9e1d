// AWS::RDS::DBSubnetGroup, DBClusterParameterGroup and DBParameterGroup.
#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

Result<void> sync_rds_tags(const Job& job, const std::string& arn) {
    return sync_tags(job, {rds, "ResourceName", arn}, "AddTagsToResource", "RemoveTagsFromResource");
}

// Subnet groups.

Result<Made> create_subnet_group(const Job& job) {
    json::object members{{"DBSubnetGroupName", job.name}};
    copy(job.properties, {"DBSubnetGroupDescription", "SubnetIds", "Tags"}, members);
    TRY(unless_made(job, job.api.call(rds, "CreateDBSubnetGroup", std::move(members))));
    return Made{job.name};
}

Result<void> update_subnet_group(const Job& job) {
    json::object members{{"DBSubnetGroupName", job.physical}};
    copy(job.properties, {"DBSubnetGroupDescription", "SubnetIds"}, members);
    const json::object answer = TRY(job.api.call(rds, "ModifyDBSubnetGroup", std::move(members)));
    return sync_rds_tags(job, text_at(answer, {"DBSubnetGroup", "DBSubnetGroupArn"}));
}

Type subnet_group_type() {
    Type type;
    type.name = "AWS::RDS::DBSubnetGroup";
    type.properties = {{"DBSubnetGroupDescription", Shape::text, in_place, true},
                       {"DBSubnetGroupName", Shape::text, replacement},
                       {"SubnetIds", Shape::texts, in_place, true},
                       {"Tags", Shape::tags, in_place, false, tag_members}};
    type.name_property = "DBSubnetGroupName";
    type.name_max = 255;
    type.lower_case = true;
    type.exists = [](const Job& job) {
        return is_there(job.api.call(rds, "DescribeDBSubnetGroups", {{"DBSubnetGroupName", job.name}}));
    };
    type.create = create_subnet_group;
    type.settle = [](const Job&) -> Result<Settled> { return Settled{}; };
    type.update = update_subnet_group;
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(
            job.api.call(rds, "DeleteDBSubnetGroup", {{"DBSubnetGroupName", job.physical}}));
    };
    return type;
}

// Parameter groups of clusters and of instances, which differ in their names alone.
struct GroupKind {
    std::string noun;    // DBClusterParameterGroup
    std::string member;  // DBClusterParameterGroupName

    explicit GroupKind(std::string_view kind) : noun(kind), member(std::string(kind) + "Name") {}
};

Result<void> set_parameter(const GroupKind& kind, const Job& job, const std::string& group,
                           const json::key_value_pair& parameter) {
    json::object one{
        {"ParameterName", parameter.key()},
        {"ParameterValue", text_in(job.properties.at("Parameters").as_object(), parameter.key())},
        {"ApplyMethod", "immediate"}};
    const auto modify = [&](std::string_view method) {
        one["ApplyMethod"] = method;
        return job.api.call(rds, "Modify" + kind.noun,
                            {{kind.member, group}, {"Parameters", json::array{one}}});
    };
    Result<json::object> done = modify("immediate");
    // Those that only a restart puts into force are refused for now.
    if (!done && done.error().code == "InvalidParameterCombination") done = modify("pending-reboot");
    if (!done) return std::move(done).error();
    return {};
}

Result<void> sync_parameters(const GroupKind& kind, const Job& job, const std::string& group) {
    const json::value* now = job.properties.if_contains("Parameters");
    const json::value* then = job.before.if_contains("Parameters");
    if (now != nullptr)
        for (const auto& parameter : now->as_object()) {
            const json::value* old =
                then != nullptr ? then->as_object().if_contains(parameter.key()) : nullptr;
            if (old == nullptr || *old != parameter.value()) TRY(set_parameter(kind, job, group, parameter));
        }
    if (then == nullptr) return {};
    for (const auto& parameter : then->as_object()) {
        if (now != nullptr && now->as_object().contains(parameter.key())) continue;
        json::array one{json::object{{"ParameterName", parameter.key()}, {"ApplyMethod", "pending-reboot"}}};
        TRY(job.api.call(rds, "Reset" + kind.noun, {{kind.member, group}, {"Parameters", std::move(one)}}));
    }
    return {};
}

Type parameter_group_type(std::string_view name, const GroupKind& kind) {
    Type type;
    type.name = name;
    type.properties = {{"Description", Shape::text, replacement, true},
                       {"Family", Shape::text, replacement, true},
                       {"Parameters", Shape::object},
                       {"Tags", Shape::tags, in_place, false, tag_members}};
    static const std::string cluster_name = "DBClusterParameterGroupName";
    static const std::string instance_name = "DBParameterGroupName";
    type.name_property = kind.member == cluster_name ? cluster_name : instance_name;
    type.properties.push_back({type.name_property, Shape::text, replacement});
    if (type.name_property == instance_name) type.attributes = {"DBParameterGroupName"};
    type.name_max = 255;
    type.lower_case = true;
    type.exists = [kind](const Job& job) {
        return is_there(job.api.call(rds, "Describe" + kind.noun + 's', {{kind.member, job.name}}));
    };
    type.create = [kind](const Job& job) -> Result<Made> {
        json::object members{{kind.member, job.name},
                             {"DBParameterGroupFamily", text_in(job.properties, "Family")}};
        copy(job.properties, {"Description", "Tags"}, members);
        TRY(unless_made(job, job.api.call(rds, "Create" + kind.noun, std::move(members))));
        return Made{job.name};
    };
    type.fill = [kind](const Job& job) { return sync_parameters(kind, job, job.physical); };
    type.settle = [](const Job& job) -> Result<Settled> {
        return Settled{true, {{"DBParameterGroupName", job.physical}}};
    };
    type.update = [kind](const Job& job) -> Result<void> {
        TRY(sync_parameters(kind, job, job.physical));
        if (!changed(job, "Tags")) return {};
        const json::object found =
            TRY(job.api.call(rds, "Describe" + kind.noun + 's', {{kind.member, job.physical}}));
        return sync_rds_tags(job, text_at(found, {kind.noun + 's', kind.noun + "Arn"}));
    };
    type.remove = [kind](const Job& job) -> Result<void> {
        return unless_missing(job.api.call(rds, "Delete" + kind.noun, {{kind.member, job.physical}}));
    };
    return type;
}

}  // namespace

std::vector<Type> database_group_types() {
    return {subnet_group_type(),
            parameter_group_type("AWS::RDS::DBClusterParameterGroup", GroupKind("DBClusterParameterGroup")),
            parameter_group_type("AWS::RDS::DBParameterGroup", GroupKind("DBParameterGroup"))};
}

}  // namespace countersign::cloudformation
