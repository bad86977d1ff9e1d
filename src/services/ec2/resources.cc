#include "services/ec2/resources.h"

#include "gateway/tags.h"
#include "model/arn.h"
#include "services/ec2/errors.h"

namespace countersign::ec2 {

using gateway::Call;

namespace {

template <class Record>
Target tagged_target(const Call& call, std::string_view kind, std::string_view id,
                     const std::optional<store::Stored<Record>>& found) {
    Target target{arn_of(call, kind, id)};
    if (found) put_resource_tags(found->record.tags, target.facts);
    return target;
}

template <class Record>
void put_vpc(const Call& call, const std::optional<store::Stored<Record>>& found, Target& target) {
    if (found) target.facts["ec2:vpc"] = {arn_of(call, vpc_kind, found->record.vpc)};
}

template <class Record>
Result<store::Stored<Record>> or_error(std::optional<store::Stored<Record>> found, Error otherwise) {
    if (!found) return otherwise;
    return *std::move(found);
}

}  // namespace

// ec2:ResourceTag is the older name of aws:ResourceTag.
void put_resource_tags(const std::vector<model::Tag>& tags, policy::Context& facts) {
    for (const model::Tag& tag : tags) {
        facts["aws:resourcetag/" + lower(tag.Key)] = {tag.Value};
        facts["ec2:resourcetag/" + lower(tag.Key)] = {tag.Value};
    }
}

std::string arn_of(const Call& call, std::string_view kind, std::string_view id) {
    return model::Arn{std::string(model::partition_of(call.region)), "ec2", call.region, call.account(),
                      fmt::format("{}/{}", kind, id)}
        .text();
}

Result<store::Stored<model::Vpc>> get_vpc(const Deps& deps, const Call& call, std::string_view id) {
    auto found = TRY(network::find_vpc(deps.store, place_of(call), id));
    return or_error(std::move(found), vpc_not_found(id));
}

Result<store::Stored<model::Subnet>> get_subnet(const Deps& deps, const Call& call, std::string_view id) {
    auto found = TRY(network::find_subnet(deps.store, place_of(call), id));
    return or_error(std::move(found), subnet_not_found(id));
}

Result<store::Stored<model::SecurityGroup>> get_group(const Deps& deps, const Call& call,
                                                      std::string_view id) {
    auto found = TRY(network::find_group(deps.store, place_of(call), id));
    return or_error(std::move(found), group_not_found(id));
}

Result<store::Stored<model::PrefixList>> get_prefix_list(const Deps& deps, const Call& call,
                                                         std::string_view id) {
    auto found = TRY(network::find_prefix_list(deps.store, place_of(call), id));
    return or_error(std::move(found), prefix_list_not_found(id));
}

Result<store::Stored<model::SecurityGroup>> get_group(const Deps& deps, const Call& call,
                                                      const std::optional<std::string>& id,
                                                      const std::optional<std::string>& name) {
    if (id) return get_group(deps, call, *id);
    if (!name) return missing("groupId");
    const auto vpc = TRY(network::find_default_vpc(deps.store, place_of(call)));
    if (!vpc)
        return Error{
            Fault::invalid,
            "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
            "VPCIdNotSpecified"};
    auto groups = TRY(network::all_groups(deps.store, place_of(call)));
    for (auto& group : groups)
        if (group.record.vpc == vpc->record.id && group.record.name == *name) return std::move(group);
    return Error{
        Fault::not_found,
        fmt::format("The security group '{}' does not exist in default VPC '{}'", *name, vpc->record.id),
        "InvalidGroup.NotFound"};
}

Result<Target> vpc_target(const Deps& deps, const Call& call, std::string_view id) {
    const auto found = TRY(network::find_vpc(deps.store, place_of(call), id));
    return tagged_target(call, vpc_kind, id, found);
}

Result<Target> subnet_target(const Deps& deps, const Call& call, std::string_view id) {
    const auto found = TRY(network::find_subnet(deps.store, place_of(call), id));
    Target target = tagged_target(call, subnet_kind, id, found);
    put_vpc(call, found, target);
    if (found) target.facts["ec2:availabilityzone"] = {found->record.zone};
    return target;
}

Result<Target> group_target(const Deps& deps, const Call& call, std::string_view id) {
    const auto found = TRY(network::find_group(deps.store, place_of(call), id));
    Target target = tagged_target(call, group_kind, id, found);
    put_vpc(call, found, target);
    return target;
}

Result<Target> prefix_list_target(const Deps& deps, const Call& call, std::string_view id) {
    const auto found = TRY(network::find_prefix_list(deps.store, place_of(call), id));
    return tagged_target(call, prefix_list_kind, id, found);
}

std::vector<Target> new_targets(const Call& call, std::string_view kind, std::string_view action,
                                const TagSpecifications& specifications) {
    std::vector<model::Tag> tags;
    for (const api::TagSpecification& one : specifications.value_or(std::vector<api::TagSpecification>()))
        for (const model::Tag& tag : gateway::tags_from_api(one.Tags.value_or(std::vector<api::Tag>())))
            tags.push_back(tag);
    std::vector<Target> targets;
    Target made{arn_of(call, kind, "*")};
    gateway::put_request_tags(tags, made.facts);
    targets.push_back(made);
    if (tags.empty()) return targets;
    made.action = "CreateTags";
    made.facts["ec2:createaction"] = {std::string(action)};
    targets.push_back(std::move(made));
    return targets;
}

}  // namespace countersign::ec2
