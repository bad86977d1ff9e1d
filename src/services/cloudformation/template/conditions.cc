// Fn::Cidr, conditions by name, and the names in a text of Fn::Sub.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "network/cidr.h"
#include "services/cloudformation/template/evaluate.h"

namespace countersign::cloudformation {

namespace {

constexpr std::uint32_t blocks_max = 256;
constexpr unsigned bits4 = 32;

std::uint32_t address4(const policy::Network& network) {
    std::uint32_t address = 0;
    for (std::size_t i = 0; i < 4; ++i) address = (address << 8U) | network.address[i];
    return address;
}

std::string text_of(std::uint32_t address, unsigned length) {
    return fmt::format("{}.{}.{}.{}/{}", address >> 24U, (address >> 16U) & 255U, (address >> 8U) & 255U,
                       address & 255U, length);
}

// The conditions that a condition names.
void add_named(const json::value& of, std::set<std::string>& names) {  // NOLINT(misc-no-recursion)
    if (const json::array* items = of.if_array()) {
        for (const json::value& item : *items) add_named(item, names);
        return;
    }
    const json::object* members = of.if_object();
    if (members == nullptr) return;
    for (const auto& member : *members) {
        if (member.key() == "Condition" && member.value().is_string())
            names.emplace(member.value().get_string());
        add_named(member.value(), names);
    }
}

class Conditions {
public:
    Conditions(const Template& source, Environment environment)
        : template_(source), environment_(std::move(environment)) {}

    Result<std::map<std::string, bool>> all() {
        for (const auto& member : template_.conditions) TRY(one(member.key()));
        return environment_.conditions;
    }

private:
    Result<void> one(const std::string& name) {  // NOLINT(misc-no-recursion)
        if (environment_.conditions.contains(name)) return {};
        const json::value* found = template_.conditions.if_contains(name);
        if (found == nullptr)
            return template_error("Unresolved condition dependency " + printable(name) +
                                  " in the Conditions block of the template");
        if (!open_.insert(name).second)
            return template_error("Found circular condition dependency between " + printable(name) +
                                  " and itself");
        std::set<std::string> named;
        add_named(*found, named);
        for (const std::string& other : named) TRY(one(other));
        open_.erase(name);
        environment_.conditions[name] = TRY(Evaluator(template_, environment_).condition(*found));
        return {};
    }

    const Template& template_;
    Environment environment_;
    std::set<std::string> open_;
};

}  // namespace

Result<json::value> Evaluator::cidr(const json::value& arguments, std::size_t depth) {
    const json::array* three = arguments.if_array();
    if (three == nullptr || three->size() < 2 || three->size() > 3)
        return template_error("Fn::Cidr: needs a block, a count and the bits of a subnet");
    const std::string block = TRY(text((*three)[0], depth));
    const auto blocks = parse_number<std::uint32_t>(TRY(text((*three)[1], depth)));
    const std::string bits_text = three->size() == 3 ? TRY(text((*three)[2], depth)) : std::string("8");
    const auto bits = parse_number<std::uint32_t>(bits_text);
    const auto network = network::parse_cidr4(block);
    const bool fits = network && blocks && bits && *blocks >= 1 && *blocks <= blocks_max && *bits >= 1 &&
                      *bits < bits4 && bits4 - *bits >= network->prefix;
    const std::uint64_t step = fits ? std::uint64_t{1} << *bits : 0;
    if (!fits || (std::uint64_t{1} << (bits4 - network->prefix)) < step * *blocks)
        return template_error("Fn::Cidr: an IPv4 block that does not hold so many subnets of this size");
    json::array result;
    for (std::uint32_t i = 0; i < *blocks; ++i)
        result.emplace_back(
            text_of(address4(*network) + static_cast<std::uint32_t>(step * i), bits4 - *bits));
    return json::value(std::move(result));
}

Result<std::map<std::string, bool>> evaluate_conditions(const Template& source,
                                                        const Environment& environment) {
    Environment bare = environment;
    bare.conditions.clear();
    bare.ref = {};
    bare.attribute = {};
    bare.import = {};
    return Conditions(source, std::move(bare)).all();
}

Result<std::vector<std::string>> sub_names(std::string_view text) {
    std::vector<std::string> names;
    std::size_t begin = 0;
    while ((begin = text.find("${", begin)) != std::string_view::npos) {
        const std::size_t end = text.find('}', begin);
        if (end == std::string_view::npos) return template_error("Fn::Sub: a ${ without its }");
        const std::string_view name = trimmed(text.substr(begin + 2, end - begin - 2));
        if (!name.starts_with('!')) names.emplace_back(name);
        begin = end + 1;
    }
    return names;
}

}  // namespace countersign::cloudformation
