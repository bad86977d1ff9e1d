#include "network/admission.h"

#include <algorithm>
#include <map>

#include "model/network_keys.h"
#include "network/cidr.h"

namespace countersign::network {

namespace {

using Blocks = std::vector<policy::Network>;

bool reaches(const model::SecurityGroupRule& rule, std::uint16_t port) {
    if (rule.egress) return false;
    if (rule.protocol == "-1") return true;
    if (rule.protocol != "tcp" || !rule.from_port || !rule.to_port) return false;
    const auto within = [&](std::int64_t one) { return *rule.from_port <= one && one <= *rule.to_port; };
    return within(usual_port) || within(port);
}

// A single address is a block of itself.
void add_block(std::string_view text, Blocks& into) {
    const auto block = policy::parse_network(text);
    if (block && into.size() <= admitted_max) into.push_back(*block);
}

Result<void> add_sources(store::Store& store, const Place& place, const model::SecurityGroupRule& rule,
                         Admission& into) {
    add_block(rule.cidr4, into.blocks);
    add_block(rule.cidr6, into.blocks);
    if (!rule.prefix_list.empty()) {
        const auto list = TRY(find_prefix_list(store, place, rule.prefix_list));
        if (list)
            for (const model::PrefixListEntry& entry : list->record.entries)
                add_block(entry.cidr, into.blocks);
    }
    if (!rule.group.empty()) {
        const auto group = TRY(find_group(store, place, rule.group));
        into.this_machine = into.this_machine || group.has_value();
    }
    return {};
}

// The half of a block that begins with this bit.
policy::Network half(const policy::Network& block, bool upper) {
    constexpr unsigned byte_bits = 8;
    policy::Network part = block;
    const unsigned bit = part.prefix++;
    if (upper) part.address[bit / byte_bits] |= static_cast<std::uint8_t>(0x80U >> (bit % byte_bits));
    return part;
}

// False when that takes too many.
bool cut(const policy::Network& whole, const Blocks& blocks, Blocks& left) {
    Blocks inside;
    for (const policy::Network& block : blocks) {
        if (policy::contains(block, whole)) return true;
        if (policy::contains(whole, block)) inside.push_back(block);
    }
    if (inside.empty()) {
        left.push_back(whole);
        return left.size() <= refused_max;
    }
    return cut(half(whole, false), inside, left) && cut(half(whole, true), inside, left);
}

}  // namespace

Result<std::string> vpc_of(store::Store& store, const Place& place, const std::vector<std::string>& subnets) {
    for (const std::string& id : subnets) {
        const auto subnet = TRY(find_subnet(store, place, id));
        if (subnet) return subnet->record.vpc;
    }
    const auto vpc = TRY(find_default_vpc(store, place));
    return vpc ? vpc->record.id : std::string();
}

Result<std::optional<std::vector<model::SecurityGroup>>> groups_in_force(store::Store& store,
                                                                         const Place& place,
                                                                         const Attachment& database) {
    using Groups = std::optional<std::vector<model::SecurityGroup>>;
    std::vector<model::SecurityGroup> groups;
    for (const std::string& id : database.groups) {
        auto group = TRY(find_group(store, place, id));
        if (group) groups.push_back(std::move(group->record));
    }
    if (!groups.empty()) return Groups(std::move(groups));
    const auto region = TRY(
        store::load<model::RegionNetwork>(store, model::keys::region_network(place.account, place.region)));
    if (!region || database.created < region->record.made) return Groups();
    const std::string vpc = TRY(vpc_of(store, place, database.subnets));
    auto group = TRY(find_default_group(store, place, vpc));
    if (group) groups.push_back(std::move(group->record));
    return Groups(std::move(groups));
}

Result<Admission> admitted(store::Store& store, const Place& place,
                           const std::vector<model::SecurityGroup>& groups, std::uint16_t port) {
    Admission admission;
    for (const model::SecurityGroup& group : groups)
        for (const model::SecurityGroupRule& rule : group.rules)
            if (reaches(rule, port)) TRY(add_sources(store, place, rule, admission));
    return admission;
}

Result<std::optional<Admission>> admission_of(store::Store& store, const Place& place,
                                              const Attachment& database) {
    const auto groups = TRY(groups_in_force(store, place, database));
    if (!groups) return std::optional<Admission>();
    Admission admission = TRY(admitted(store, place, *groups, database.port));
    return std::optional(std::move(admission));
}

std::vector<policy::Network> all_but(const std::vector<policy::Network>& blocks) {
    const policy::Network every6;
    policy::Network every4;
    every4.v4 = true;
    Blocks left;
    if (blocks.size() <= admitted_max && cut(every6, blocks, left) && cut(every4, blocks, left)) return left;
    return {every6, every4};
}

bool is_nobody(const std::vector<policy::Network>& refused) {
    return refused.size() == 2 && refused[0].prefix == 0 && refused[1].prefix == 0;
}

}  // namespace countersign::network
