#include <algorithm>
#include <utility>

#include "model/arn.h"
#include "model/region.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"

namespace countersign::ec2 {

namespace {

api::AvailabilityZone zone_to_api(const Call& call, const std::string& zone) {
    api::AvailabilityZone answer;
    answer.ZoneName = zone;
    answer.ZoneId = network::zone_id(call.region, zone);
    answer.RegionName = call.region;
    answer.GroupName = call.region + "-zg-1";
    answer.NetworkBorderGroup = call.region;
    answer.OptInStatus = "opt-in-not-required";
    answer.State = "available";
    answer.ZoneType = "availability-zone";
    return answer;
}

Traits traits_of(const api::AvailabilityZone& zone) {
    return {{"zone-name", {*zone.ZoneName}},        {"zone-id", {*zone.ZoneId}},
            {"region-name", {*zone.RegionName}},    {"group-name", {*zone.GroupName}},
            {"opt-in-status", {*zone.OptInStatus}}, {"state", {*zone.State}},
            {"zone-type", {*zone.ZoneType}}};
}

bool names(const std::optional<std::vector<std::string>>& given, const std::string& name) {
    return !given || given->empty() || std::ranges::count(*given, name) > 0;
}

// The public regions of the call's partition, and that of the call, which may have a name of its own.
std::vector<std::string> regions_of(const Call& call) {
    std::vector<std::string> regions;
    for (const std::string_view region : model::public_regions())
        if (model::partition_of(region) == model::partition_of(call.region)) regions.emplace_back(region);
    if (std::ranges::count(regions, call.region) == 0) regions.push_back(call.region);
    std::ranges::sort(regions);
    return regions;
}

// Quotas of the account, as old clients ask for them.
std::vector<std::pair<std::string, std::string>> attributes_of(const model::Vpc* default_vpc) {
    return {
        {"supported-platforms", "VPC"}, {"default-vpc", default_vpc == nullptr ? "none" : default_vpc->id},
        {"max-instances", "0"},         {"vpc-max-security-groups-per-interface", "5"},
        {"max-elastic-ips", "0"},       {"vpc-max-elastic-ips", "0"}};
}

}  // namespace

Result<api::DescribeAvailabilityZonesResult> describe_availability_zones(
    const Deps&, const Call& call, const api::DescribeAvailabilityZonesRequest& input) {
    const Filters filters = TRY(Filters::read(input.Filters, {"group-name", "opt-in-status", "region-name",
                                                              "state", "zone-id", "zone-name", "zone-type"}));
    api::DescribeAvailabilityZonesResult answer;
    for (const std::string& name : network::zones_of(call.region)) {
        api::AvailabilityZone zone = zone_to_api(call, name);
        if (names(input.ZoneNames, name) && names(input.ZoneIds, *zone.ZoneId) &&
            filters.let_through(traits_of(zone)))
            answer.AvailabilityZones.push_back(std::move(zone));
    }
    if (answer.AvailabilityZones.empty() && input.ZoneNames && !input.ZoneNames->empty() && !input.Filters)
        return Error{Fault::invalid, fmt::format("Invalid availability zone: [{}]", input.ZoneNames->front()),
                     "InvalidParameterValue"};
    return answer;
}

Result<api::DescribeRegionsResult> describe_regions(const Deps&, const Call& call,
                                                    const api::DescribeRegionsRequest& input) {
    const Filters filters = TRY(Filters::read(input.Filters, {"endpoint", "opt-in-status", "region-name"}));
    api::DescribeRegionsResult answer;
    for (const std::string& name : regions_of(call)) {
        const std::string endpoint = fmt::format("ec2.{}.{}", name, model::dns_suffix_of(name));
        const std::string status = "opt-in-not-required";
        if (!names(input.RegionNames, name) ||
            !filters.let_through(
                {{"endpoint", {endpoint}}, {"opt-in-status", {status}}, {"region-name", {name}}}))
            continue;
        api::Region& region = answer.Regions.emplace_back();
        region.RegionName = name;
        region.Endpoint = endpoint;
        region.OptInStatus = status;
    }
    return answer;
}

Result<api::DescribeAccountAttributesResult> describe_account_attributes(
    const Deps& deps, const Call& call, const api::DescribeAccountAttributesRequest& input) {
    const auto vpc = TRY(network::find_default_vpc(deps.store, place_of(call)));
    api::DescribeAccountAttributesResult answer;
    for (const auto& [name, value] : attributes_of(vpc ? &vpc->record : nullptr)) {
        if (!names(input.AttributeNames, name)) continue;
        api::AccountAttribute& attribute = answer.AccountAttributes.emplace_back();
        attribute.AttributeName = name;
        attribute.AttributeValues.emplace_back().AttributeValue = value;
    }
    return answer;
}

}  // namespace countersign::ec2
