#include "network/region.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "model/network_keys.h"

namespace countersign::network {

namespace keys = model::keys;

namespace {

constexpr std::int64_t regions_max = 64;  // an account may name regions as it likes
constexpr std::string_view zone_letters = "abc";
constexpr std::size_t id_bytes_max = 64;

// The words of a region's name as zone ids shorten them: us-west-2 → usw2, ap-southeast-1 → apse1.
std::string short_region(std::string_view region) {
    static const std::map<std::string_view, std::string_view> short_words{
        {"north", "n"},      {"south", "s"},      {"east", "e"},       {"west", "w"},       {"central", "c"},
        {"northeast", "ne"}, {"northwest", "nw"}, {"southeast", "se"}, {"southwest", "sw"}, {"gov", "g"}};
    std::string shortened;
    for (const std::string_view word : split(region, '-')) {
        const auto known = short_words.find(word);
        shortened += known == short_words.end() ? word : known->second;
    }
    return shortened;
}

model::SecurityGroupRule everything(bool egress, crypto::Random& random) {
    model::SecurityGroupRule rule;
    rule.id = new_id("sgr", random);
    rule.egress = egress;
    rule.protocol = "-1";
    return rule;
}

template <class Record>
Result<std::optional<store::Stored<Record>>> find_in(store::Store& store, const std::string& list,
                                                     std::string_view id) {
    if (id.empty() || id.size() > id_bytes_max) return std::optional<store::Stored<Record>>();
    return store::load<Record>(store, keys::item(list, id));
}

}  // namespace

std::string new_id(std::string_view prefix, crypto::Random& random) {
    constexpr std::size_t digits = 16;
    return fmt::format("{}-0{}", prefix, crypto::random_text(random, "0123456789abcdef", digits));
}

std::array<std::string, 3> zones_of(std::string_view region) {
    std::array<std::string, 3> zones;
    for (std::size_t i = 0; i < zones.size(); ++i) zones[i] = std::string(region) + zone_letters[i];
    return zones;
}

std::string zone_id(std::string_view region, std::string_view zone) {
    const auto zones = zones_of(region);
    const auto found = std::ranges::find(zones, zone);
    if (found == zones.end()) return {};
    return fmt::format("{}-az{}", short_region(region), found - zones.begin() + 1);
}

model::Vpc new_vpc(std::string cidr, crypto::Random& random) {
    model::Vpc vpc;
    vpc.id = new_id("vpc", random);
    vpc.cidr = std::move(cidr);
    vpc.parts = {new_id("rtb", random), new_id("rtbassoc", random), new_id("acl", random),
                 new_id("vpc-cidr-assoc", random)};
    return vpc;
}

model::SecurityGroup new_default_group(const model::Vpc& vpc, crypto::Random& random) {
    model::SecurityGroup group;
    group.id = new_id("sg", random);
    group.name = default_group_name;
    group.description = "default VPC security group";
    group.vpc = vpc.id;
    model::SecurityGroupRule members = everything(false, random);
    members.group = group.id;
    model::SecurityGroupRule outward = everything(true, random);
    outward.cidr4 = "0.0.0.0/0";
    group.rules = {std::move(members), std::move(outward)};
    return group;
}

std::string key_of(const Place& place, const model::Vpc& vpc) {
    return keys::item(keys::vpcs(place.account, place.region), vpc.id);
}

std::string key_of(const Place& place, const model::Subnet& subnet) {
    return keys::item(keys::subnets(place.account, place.region), subnet.id);
}

std::string key_of(const Place& place, const model::SecurityGroup& group) {
    return keys::item(keys::security_groups(place.account, place.region), group.id);
}

DefaultVpc new_default_vpc(const Place& place, crypto::Random& random) {
    constexpr std::size_t addresses_between = 16;  // of the third byte: each subnet is a /20
    DefaultVpc made{new_vpc("172.31.0.0/16", random), {}};
    made.vpc.is_default = true;
    made.vpc.dns_hostnames = true;
    made.writes.push_back(store::put(key_of(place, made.vpc), made.vpc));
    const auto zones = zones_of(place.region);
    for (std::size_t i = 0; i < zones.size(); ++i) {
        model::Subnet subnet;
        subnet.id = new_id("subnet", random);
        subnet.vpc = made.vpc.id;
        subnet.zone = zones[i];
        subnet.cidr = fmt::format("172.31.{}.0/20", i * addresses_between);
        subnet.acl_association = new_id("aclassoc", random);
        subnet.is_default = true;
        subnet.public_addresses = true;
        made.writes.push_back(store::put(key_of(place, subnet), subnet));
    }
    const model::SecurityGroup group = new_default_group(made.vpc, random);
    made.writes.push_back(store::put(key_of(place, group), group));
    return made;
}

Result<model::RegionNetwork> ensure(store::Store& store, crypto::Random& random, const Place& place,
                                    Instant now) {
    const std::string key = keys::region_network(place.account, place.region);
    return store::retry_races([&]() -> Result<model::RegionNetwork> {
        const auto known = TRY(store::load<model::RegionNetwork>(store, key));
        if (known) return known->record;
        const std::string counter = keys::account_networks(place.account);
        const auto count = TRY(store::load<model::AccountNetworks>(store, counter));
        const std::int64_t regions = count ? count->record.regions : 0;
        if (regions >= regions_max)
            return Error{Fault::conflict,
                         fmt::format("An account has networks in at most {} regions.", regions_max),
                         "VpcLimitExceeded"};
        const model::RegionNetwork fresh{new_id("dopt", random), now};
        DefaultVpc made = new_default_vpc(place, random);
        made.writes.push_back(store::put(key, fresh));
        made.writes.push_back(store::put(counter, model::AccountNetworks{regions + 1}));
        const store::Guard counted = count ? count->unchanged() : store::absent(counter);
        TRY(store.commit({{store::absent(key), counted}, std::move(made.writes)}));
        return fresh;
    });
}

Result<std::vector<store::Stored<model::Vpc>>> all_vpcs(store::Store& store, const Place& place) {
    return store::load_all<model::Vpc>(store, keys::vpcs(place.account, place.region));
}

Result<std::vector<store::Stored<model::Subnet>>> all_subnets(store::Store& store, const Place& place) {
    return store::load_all<model::Subnet>(store, keys::subnets(place.account, place.region));
}

Result<std::vector<store::Stored<model::SecurityGroup>>> all_groups(store::Store& store, const Place& place) {
    return store::load_all<model::SecurityGroup>(store, keys::security_groups(place.account, place.region));
}

Result<std::vector<store::Stored<model::PrefixList>>> all_prefix_lists(store::Store& store,
                                                                       const Place& place) {
    return store::load_all<model::PrefixList>(store, keys::prefix_lists(place.account, place.region));
}

Result<std::optional<store::Stored<model::Vpc>>> find_vpc(store::Store& store, const Place& place,
                                                          std::string_view id) {
    return find_in<model::Vpc>(store, keys::vpcs(place.account, place.region), id);
}

Result<std::optional<store::Stored<model::Subnet>>> find_subnet(store::Store& store, const Place& place,
                                                                std::string_view id) {
    return find_in<model::Subnet>(store, keys::subnets(place.account, place.region), id);
}

Result<std::optional<store::Stored<model::SecurityGroup>>> find_group(store::Store& store, const Place& place,
                                                                      std::string_view id) {
    return find_in<model::SecurityGroup>(store, keys::security_groups(place.account, place.region), id);
}

Result<std::optional<store::Stored<model::PrefixList>>> find_prefix_list(store::Store& store,
                                                                         const Place& place,
                                                                         std::string_view id) {
    return find_in<model::PrefixList>(store, keys::prefix_lists(place.account, place.region), id);
}

Result<std::optional<store::Stored<model::Vpc>>> find_default_vpc(store::Store& store, const Place& place) {
    auto vpcs = TRY(all_vpcs(store, place));
    for (auto& vpc : vpcs)
        if (vpc.record.is_default) return std::optional(std::move(vpc));
    return std::optional<store::Stored<model::Vpc>>();
}

Result<std::optional<store::Stored<model::SecurityGroup>>> find_default_group(store::Store& store,
                                                                              const Place& place,
                                                                              std::string_view vpc) {
    auto groups = TRY(all_groups(store, place));
    for (auto& group : groups)
        if (group.record.vpc == vpc && group.record.name == default_group_name)
            return std::optional(std::move(group));
    return std::optional<store::Stored<model::SecurityGroup>>();
}

}  // namespace countersign::network
