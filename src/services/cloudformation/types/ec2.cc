// AWS::EC2::VPC, Subnet and SecurityGroup.
#include "services/cloudformation/types/ec2_rules.h"
#include "services/cloudformation/types/parts.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

// By which a VPC that was made is found again when nobody heard its id.
constexpr std::string_view trace_tag = "countersign:cloudformation-resource";

json::array tag_specification(const Job& job, std::string_view kind, bool traced) {
    json::array tags;
    if (const json::value* given = job.properties.if_contains("Tags")) tags = given->as_array();
    if (traced) tags.push_back(json::object{{"Key", trace_tag}, {"Value", job.name}});
    if (tags.empty()) return {};
    return json::array{json::object{{"ResourceType", kind}, {"Tag", std::move(tags)}}};
}

json::object filter(std::string_view name, const std::string& value) {
    return {{"Name", name}, {"Value", json::array{json::value(value)}}};
}

// EC2's own calls on tags take the names of resources and pairs.
Result<void> sync_ec2_tags(const Job& job) {
    if (!changed(job, "Tags")) return {};
    const json::array nothing;
    const json::value* now = job.properties.if_contains("Tags");
    const json::value* then = job.before.if_contains("Tags");
    const json::array& wanted = now != nullptr ? now->as_array() : nothing;
    json::array gone;
    for (const json::value& old : then != nullptr ? then->as_array() : nothing) {
        bool kept = false;
        for (const json::value& tag : wanted)
            kept = kept || text_in(tag.as_object(), "Key") == text_in(old.as_object(), "Key");
        if (!kept) gone.push_back(json::object{{"Key", text_in(old.as_object(), "Key")}});
    }
    const json::array resource{json::value(job.physical)};
    if (!wanted.empty()) TRY(job.api.call(ec2, "CreateTags", {{"ResourceId", resource}, {"Tag", wanted}}));
    if (!gone.empty())
        TRY(job.api.call(ec2, "DeleteTags", {{"ResourceId", resource}, {"Tag", std::move(gone)}}));
    return {};
}

// VPCs.

Result<void> set_vpc_attribute(const Job& job, const std::string& vpc, std::string_view name) {
    if (!job.properties.contains(name) || !changed(job, name)) return {};
    TRY(job.api.call(ec2, "ModifyVpcAttribute",
                     {{"VpcId", vpc}, {name, json::object{{"Value", job.properties.at(name)}}}}));
    return {};
}

Result<void> set_vpc_attributes(const Job& job, const std::string& vpc) {
    TRY(set_vpc_attribute(job, vpc, "EnableDnsSupport"));
    return set_vpc_attribute(job, vpc, "EnableDnsHostnames");
}

Result<std::string> find_vpc(const Job& job) {
    const json::array filters{filter("tag:" + std::string(trace_tag), job.name)};
    const json::object found = TRY(job.api.call(ec2, "DescribeVpcs", {{"Filter", filters}}));
    return text_at(found, {"vpcSet", "vpcId"});
}

Result<Made> create_vpc(const Job& job) {
    std::string vpc = job.resumed ? TRY(find_vpc(job)) : std::string();
    if (vpc.empty()) {
        json::object members{{"TagSpecification", tag_specification(job, "vpc", true)}};
        copy(job.properties, {"CidrBlock", "InstanceTenancy"}, members);
        const json::object made = TRY(job.api.call(ec2, "CreateVpc", std::move(members)));
        vpc = text_at(made, {"vpc", "vpcId"});
    }
    return Made{vpc};
}

Result<Settled> settle_vpc(const Job& job) {
    const json::array ids{json::value(job.physical)};
    const json::object found = TRY(job.api.call(ec2, "DescribeVpcs", {{"VpcId", ids}}));
    const json::array of_vpc{filter("vpc-id", job.physical)};
    const json::object groups =
        TRY(job.api.call(ec2, "DescribeSecurityGroups",
                         {{"Filter", json::array{of_vpc[0], filter("group-name", "default")}}}));
    const json::object acls = TRY(job.api.call(ec2, "DescribeNetworkAcls", {{"Filter", of_vpc}}));
    Settled settled;
    settled.attributes["VpcId"] = job.physical;
    settled.attributes["CidrBlock"] = text_at(found, {"vpcSet", "cidrBlock"});
    settled.attributes["CidrBlockAssociations"] =
        json::array{json::value(text_at(found, {"vpcSet", "cidrBlockAssociationSet", "associationId"}))};
    settled.attributes["DefaultSecurityGroup"] = text_at(groups, {"securityGroupInfo", "groupId"});
    settled.attributes["DefaultNetworkAcl"] = text_at(acls, {"networkAclSet", "networkAclId"});
    settled.attributes["Ipv6CidrBlocks"] = json::array();
    return settled;
}

Type vpc_type() {
    Type type;
    type.name = "AWS::EC2::VPC";
    type.properties = {{"CidrBlock", Shape::text, replacement, true},
                       {"EnableDnsHostnames", Shape::flag},
                       {"EnableDnsSupport", Shape::flag},
                       {"InstanceTenancy", Shape::text, replacement},
                       {"Tags", Shape::tags, in_place, false, tag_members}};
    type.attributes = {"CidrBlock",         "CidrBlockAssociations",
                       "DefaultNetworkAcl", "DefaultSecurityGroup",
                       "Ipv6CidrBlocks",    "VpcId"};
    type.create = create_vpc;
    type.fill = [](const Job& job) { return set_vpc_attributes(job, job.physical); };
    type.settle = settle_vpc;
    type.update = [](const Job& job) -> Result<void> {
        TRY(set_vpc_attributes(job, job.physical));
        return sync_ec2_tags(job);
    };
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(job.api.call(ec2, "DeleteVpc", {{"VpcId", job.physical}}));
    };
    return type;
}

// Subnets.

Result<void> set_subnet_attributes(const Job& job, const std::string& subnet) {
    for (const char* name : {"MapPublicIpOnLaunch", "EnableDns64"}) {
        if (!job.properties.contains(name) || !changed(job, name)) continue;
        TRY(job.api.call(ec2, "ModifySubnetAttribute",
                         {{"SubnetId", subnet}, {name, json::object{{"Value", job.properties.at(name)}}}}));
    }
    return {};
}

// Two subnets of a VPC never have the same block.
Result<std::string> find_subnet(const Job& job) {
    const json::array filters{filter("vpc-id", text_in(job.properties, "VpcId")),
                              filter("cidr-block", text_in(job.properties, "CidrBlock"))};
    const json::object found = TRY(job.api.call(ec2, "DescribeSubnets", {{"Filter", filters}}));
    return text_at(found, {"subnetSet", "subnetId"});
}

Result<Made> create_subnet(const Job& job) {
    std::string subnet = job.resumed ? TRY(find_subnet(job)) : std::string();
    if (subnet.empty()) {
        json::object members;
        copy(job.properties, {"AvailabilityZone", "CidrBlock", "VpcId"}, members);
        if (json::array tags = tag_specification(job, "subnet", false); !tags.empty())
            members["TagSpecification"] = std::move(tags);
        const json::object made = TRY(job.api.call(ec2, "CreateSubnet", std::move(members)));
        subnet = text_at(made, {"subnet", "subnetId"});
    }
    return Made{subnet};
}

Result<Settled> settle_subnet(const Job& job) {
    const json::array ids{json::value(job.physical)};
    const json::object found = TRY(job.api.call(ec2, "DescribeSubnets", {{"SubnetId", ids}}));
    const json::array filters{filter("association.subnet-id", job.physical)};
    Settled settled;
    settled.attributes["SubnetId"] = job.physical;
    settled.attributes["VpcId"] = text_at(found, {"subnetSet", "vpcId"});
    settled.attributes["CidrBlock"] = text_at(found, {"subnetSet", "cidrBlock"});
    settled.attributes["AvailabilityZone"] = text_at(found, {"subnetSet", "availabilityZone"});
    settled.attributes["Ipv6CidrBlocks"] = json::array();
    return settled;
}

Type subnet_type() {
    Type type;
    type.name = "AWS::EC2::Subnet";
    type.properties = {{"AvailabilityZone", Shape::text, replacement},
                       {"CidrBlock", Shape::text, replacement, true},
                       {"EnableDns64", Shape::flag},
                       {"MapPublicIpOnLaunch", Shape::flag},
                       {"Tags", Shape::tags, in_place, false, tag_members},
                       {"VpcId", Shape::text, replacement, true}};
    type.attributes = {"AvailabilityZone", "CidrBlock", "Ipv6CidrBlocks", "SubnetId", "VpcId"};
    type.exists = [](const Job& job) -> Result<bool> { return !TRY(find_subnet(job)).empty(); };
    type.create = create_subnet;
    type.fill = [](const Job& job) { return set_subnet_attributes(job, job.physical); };
    type.settle = settle_subnet;
    type.update = [](const Job& job) -> Result<void> {
        TRY(set_subnet_attributes(job, job.physical));
        return sync_ec2_tags(job);
    };
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(job.api.call(ec2, "DeleteSubnet", {{"SubnetId", job.physical}}));
    };
    return type;
}

// Security groups.

Result<std::string> find_security_group(const Job& job) {
    json::array filters{filter("group-name", job.name)};
    if (const std::string vpc = text_in(job.properties, "VpcId"); !vpc.empty())
        filters.push_back(filter("vpc-id", vpc));
    const json::object found = TRY(job.api.call(ec2, "DescribeSecurityGroups", {{"Filter", filters}}));
    return text_at(found, {"securityGroupInfo", "groupId"});
}

Result<Made> create_security_group(const Job& job) {
    std::string group = job.resumed ? TRY(find_security_group(job)) : std::string();
    if (group.empty()) {
        json::object members{{"GroupName", job.name},
                             {"GroupDescription", text_in(job.properties, "GroupDescription")}};
        copy(job.properties, {"VpcId"}, members);
        if (json::array tags = tag_specification(job, "security-group", false); !tags.empty())
            members["TagSpecification"] = std::move(tags);
        const json::object made = TRY(job.api.call(ec2, "CreateSecurityGroup", std::move(members)));
        group = text_at(made, {"groupId"});
    }
    return Made{group};
}

Result<Settled> settle_security_group(const Job& job) {
    const json::array ids{json::value(job.physical)};
    const json::object found = TRY(job.api.call(ec2, "DescribeSecurityGroups", {{"GroupId", ids}}));
    Settled settled;
    settled.attributes["GroupId"] = job.physical;
    settled.attributes["Id"] = job.physical;
    settled.attributes["VpcId"] = text_at(found, {"securityGroupInfo", "vpcId"});
    return settled;
}

Type security_group_type() {
    Type type;
    type.name = "AWS::EC2::SecurityGroup";
    type.properties = {{"GroupDescription", Shape::text, replacement, true},
                       {"GroupName", Shape::text, replacement},
                       {"SecurityGroupEgress", Shape::objects, in_place, false, egress_members},
                       {"SecurityGroupIngress", Shape::objects, in_place, false, ingress_members},
                       {"Tags", Shape::tags, in_place, false, tag_members},
                       {"VpcId", Shape::text, replacement}};
    type.attributes = {"GroupId", "Id", "VpcId"};
    type.name_property = "GroupName";
    type.name_max = 255;
    type.exists = [](const Job& job) -> Result<bool> { return !TRY(find_security_group(job)).empty(); };
    type.create = create_security_group;
    type.fill = [](const Job& job) { return sync_group_rules(job, job.physical); };
    type.settle = settle_security_group;
    type.update = [](const Job& job) -> Result<void> {
        TRY(sync_group_rules(job, job.physical));
        return sync_ec2_tags(job);
    };
    type.remove = [](const Job& job) -> Result<void> {
        return unless_missing(job.api.call(ec2, "DeleteSecurityGroup", {{"GroupId", job.physical}}));
    };
    return type;
}

}  // namespace

std::vector<Type> network_types() {
    return {vpc_type(), subnet_type(), security_group_type(), ingress_type(), egress_type()};
}

}  // namespace countersign::cloudformation
