#include "services/cloudformation/template/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/regex.hpp>
#include <charconv>
#include <set>

#include "base/text.h"

namespace countersign::cloudformation {

namespace {

constexpr std::array<std::string_view, 3> plain_types{"String", "Number", "CommaDelimitedList"};
// Of things that EC2 has here; each also as a List.
constexpr std::array<std::string_view, 5> resource_types{
    "AWS::EC2::AvailabilityZone::Name", "AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id", "AWS::EC2::VPC::Id"};
constexpr std::string_view list_begin = "List<";
// What the AWS CDK writes at the head of each template; nothing here but its own rule uses it.
constexpr std::string_view of_parameter_store = "AWS::SSM::Parameter::";

std::string_view item_type(std::string_view type) {
    if (!type.starts_with(list_begin) || !type.ends_with('>')) return {};
    return type.substr(list_begin.size(), type.size() - list_begin.size() - 1);
}

bool is_list(std::string_view type) {
    return type == "CommaDelimitedList" || !item_type(type).empty();
}

bool is_known_type(std::string_view type) {
    const auto among = [](const auto& all, std::string_view one) {
        return std::ranges::find(all, one) != all.end();
    };
    if (among(plain_types, type) || among(resource_types, type)) return true;
    const std::string_view item = item_type(type);
    return item == "Number" || item == "String" || among(resource_types, item);
}

Error refused(const std::string& name, const ParameterDeclaration& declared, const std::string& rule) {
    const std::string& own = declared.constraint_description;
    return Error{Fault::invalid,
                 own.empty() ? fmt::format("Parameter '{}' must {}", name, rule)
                             : fmt::format("Parameter {} failed to satisfy constraint: {}", name, own),
                 "ValidationError"};
}

std::optional<double> number_in(std::string_view text) {
    text = trimmed(text);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Boost's engine needs no stack, and gives up after as many states as the square of the pattern's length
// times the text's, or the square of the text's, or so many in any case. All matches of a call together may
// take what is a second or two.
constexpr std::size_t pattern_states_max = 20'000'000;
constexpr std::size_t pattern_states_least = 100'000;
constexpr std::size_t pattern_bytes_max = 1024;

Result<bool> fits_pattern(const std::string& pattern, const std::string& text, std::size_t& states_left) {
    const std::size_t length = text.size() + 1;
    const std::size_t states =
        std::max({pattern_states_least, pattern.size() * pattern.size() * length, length * length});
    if (pattern.size() > pattern_bytes_max || states > states_left)
        return template_error("AllowedPattern is too long to be matched with the value: " +
                              printable(pattern, 256));
    states_left -= states;
    try {
        const boost::regex compiled(pattern, boost::regex::perl);
        return boost::regex_match(text, compiled);
    } catch (const std::exception&) {
        return template_error("AllowedPattern cannot be matched: " + printable(pattern, 256));
    }
}

Result<void> check_text(const std::string& name, const ParameterDeclaration& declared,
                        const std::string& text, std::size_t& states_left) {
    const auto size = static_cast<std::int64_t>(text.size());
    if (declared.length_min && size < *declared.length_min)
        return refused(name, declared, fmt::format("contain at least {} characters", *declared.length_min));
    if (declared.length_max && size > *declared.length_max)
        return refused(name, declared, fmt::format("contain at most {} characters", *declared.length_max));
    if (!declared.allowed_pattern.empty() && !TRY(fits_pattern(declared.allowed_pattern, text, states_left)))
        return refused(name, declared, "match pattern " + printable(declared.allowed_pattern));
    return {};
}

Result<void> check_number(const std::string& name, const ParameterDeclaration& declared,
                          const std::string& text) {
    const auto number = number_in(text);
    if (!number) return refused(name, declared, "be a number");
    if (declared.value_min && *number < *declared.value_min)
        return refused(name, declared, fmt::format("be a number not less than {}", *declared.value_min));
    if (declared.value_max && *number > *declared.value_max)
        return refused(name, declared, fmt::format("be a number not greater than {}", *declared.value_max));
    return {};
}

Result<void> check_item(const std::string& name, const ParameterDeclaration& declared,
                        const std::string& text, std::size_t& states_left) {
    const auto& allowed = declared.allowed_values;
    if (allowed && std::ranges::find(*allowed, text) == allowed->end())
        return refused(name, declared, fmt::format("be one of AllowedValues"));
    const bool number = declared.type == "Number" || item_type(declared.type) == "Number";
    return number ? check_number(name, declared, text) : check_text(name, declared, text, states_left);
}

std::vector<std::string> items_of(const std::string& text) {
    std::vector<std::string> items;
    for (const std::string_view item : split(text, ',')) items.emplace_back(trimmed(item));
    return items;
}

Result<void> check(const std::string& name, const ParameterDeclaration& declared, const std::string& text,
                   std::size_t& states_left) {
    if (text.size() > parameter_bytes_max || !is_utf8(text))
        return refused(name, declared, fmt::format("have at most {} bytes", parameter_bytes_max));
    if (!is_list(declared.type)) return check_item(name, declared, text, states_left);
    for (const std::string& item : items_of(text)) TRY(check_item(name, declared, item, states_left));
    return {};
}

void add_refs(const json::value& value, std::set<std::string>& names) {  // NOLINT(misc-no-recursion)
    if (value.is_string()) {
        const auto found = sub_names(value.get_string());
        if (found) names.insert(found->begin(), found->end());
    } else if (const json::array* items = value.if_array()) {
        for (const json::value& item : *items) add_refs(item, names);
    } else if (const json::object* members = value.if_object()) {
        for (const auto& member : *members) {
            if (member.key() == "Ref" && member.value().is_string())
                names.emplace(member.value().get_string());
            add_refs(member.value(), names);
        }
    }
}

std::set<std::string> used_names(const Template& source) {
    std::set<std::string> names;
    for (const auto& [name, resource] : source.resources) add_refs(resource.properties, names);
    for (const auto& member : source.conditions) add_refs(member.value(), names);
    for (const auto& [name, output] : source.outputs) {
        add_refs(output.value, names);
        if (output.export_name) add_refs(*output.export_name, names);
    }
    return names;
}

// A rule forbids what its template's author does not want: one that is not applied must not be passed over.
// That of the AWS CDK's own is about a parameter that nothing has.
Result<void> check_rules(const Template& source) {
    for (const auto& member : source.rules) {
        std::set<std::string> names;
        add_refs(member.value(), names);
        const bool of_cdk = std::ranges::any_of(names, [&](const std::string& name) {
            const auto declared = source.parameters.find(name);
            return declared != source.parameters.end() &&
                   declared->second.type.starts_with(of_parameter_store);
        });
        if (!of_cdk)
            return Error{Fault::unsupported,
                         fmt::format("The rule {} is not offered here.", std::string(member.key())),
                         "ValidationError"};
    }
    return {};
}

}  // namespace

Result<void> check_parameter_types(const Template& source) {
    TRY(check_rules(source));
    std::optional<std::set<std::string>> used;
    for (const auto& [name, declared] : source.parameters) {
        if (is_known_type(declared.type)) continue;
        if (!used) used = used_names(source);
        if (declared.type.starts_with(of_parameter_store) && !used->contains(name)) continue;
        return Error{Fault::unsupported,
                     fmt::format("Template format error: Unrecognized parameter type: {} of parameter {}",
                                 printable(declared.type), name),
                     "ValidationError"};
    }
    return {};
}

Result<GivenParameters> settle_parameters(const Template& source, const GivenParameters& given) {
    for (const auto& [name, text] : given)
        if (!source.parameters.contains(name))
            return Error{Fault::invalid,
                         fmt::format("Parameters: [{}] do not exist in the template", printable(name)),
                         "ValidationError"};
    GivenParameters settled;
    std::vector<std::string> missing;
    for (const auto& [name, declared] : source.parameters) {
        const auto found = given.find(name);
        if (found != given.end())
            settled[name] = found->second;
        else if (declared.default_value)
            settled[name] = *declared.default_value;
        else
            missing.push_back(name);
    }
    if (!missing.empty())
        return Error{Fault::invalid, fmt::format("Parameters: [{}] must have values", joined(missing, ", ")),
                     "ValidationError"};
    std::size_t states_left = pattern_states_max;
    for (const auto& [name, text] : settled) TRY(check(name, source.parameters.at(name), text, states_left));
    return settled;
}

ParameterValues parameter_values(const Template& source, const GivenParameters& settled) {
    ParameterValues values;
    for (const auto& [name, text] : settled) {
        const auto declared = source.parameters.find(name);
        if (declared == source.parameters.end()) continue;
        if (!is_list(declared->second.type)) {
            values[name] = json::value(text);
            continue;
        }
        json::array items;
        for (const std::string& item : items_of(text)) items.emplace_back(item);
        values[name] = std::move(items);
    }
    return values;
}

}  // namespace countersign::cloudformation
