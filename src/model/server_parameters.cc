#include "model/server_parameters.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "base/text.h"
#include "model/parameter_formula.h"

namespace countersign::model {

namespace {

// clang-format off
constexpr ServerParameter table[] = {
#include "generated/server_parameters.inc"
};
// clang-format on

static_assert(std::ranges::is_sorted(table, {}, &ServerParameter::name), "found by halving");

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_whole(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return parse_number<std::uint64_t>(text).has_value();
}

// A range is FIRST-LAST, and either may be negative.
bool is_in_range(std::string_view range, std::string_view value) {
    const std::size_t hyphen = range.find('-', 1);
    const std::optional<double> number = number_of(value);
    return number && *number >= *number_of(range.substr(0, hyphen)) &&
           *number <= *number_of(range.substr(hyphen + 1));
}

bool is_among(std::string_view known, std::string_view value) {
    return std::ranges::count(split(known, ','), value) > 0;
}

unsigned version_of(std::string_view family) {
    const std::size_t digits = family.find_first_of("0123456789");
    if (digits == std::string_view::npos) return 0;
    return parse_number<unsigned>(family.substr(digits)).value_or(0);
}

bool is_of(const ServerParameter& parameter, std::string_view family) {
    const Engines engine = family.starts_with("aurora") ? Engines::aurora : Engines::postgres;
    const unsigned version = version_of(family);
    return parameter.first_version <= version && version <= parameter.last_version &&
           (parameter.engines == Engines::both || parameter.engines == engine);
}

// A formula's value, held within what is allowed.
std::string reckoned(const ServerParameter& parameter, std::string_view formula, const InstanceSize& size) {
    const std::string_view range = parameter.allowed;
    const std::size_t hyphen = range.find('-', 1);
    const auto value = static_cast<double>(reckon(formula, size).value_or(0));
    const double held =
        std::clamp(value, *number_of(range.substr(0, hyphen)), *number_of(range.substr(hyphen + 1)));
    return std::to_string(static_cast<std::int64_t>(held));
}

bool is_plain(std::string_view value) {
    constexpr std::size_t bytes_max = 1024;
    return value.size() <= bytes_max &&
           std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::span<const ServerParameter> server_parameters() {
    return table;
}

std::vector<const ServerParameter*> server_parameters_of(std::string_view family) {
    std::vector<const ServerParameter*> found;
    for (const ServerParameter& parameter : table)
        if (is_of(parameter, family)) found.push_back(&parameter);
    return found;
}

const ServerParameter* find_server_parameter(std::string_view family, std::string_view name) {
    const auto* one = std::ranges::lower_bound(table, name, {}, &ServerParameter::name);
    for (; one != std::end(table) && one->name == name; ++one)
        if (is_of(*one, family)) return one;
    return nullptr;
}

bool takes(const ServerParameter& parameter, std::string_view value) {
    switch (parameter.type) {
        case DataType::boolean:
            return is_among(parameter.allowed == "0" ? "0,off,false" : "0,1,on,off,true,false", value);
        case DataType::integer:
            if (is_formula(value)) return reckon(value, size_of("")).has_value();
            return is_whole(value) && is_in_range(parameter.allowed, value);
        case DataType::real:
            return is_in_range(parameter.allowed, value);
        case DataType::string:
            return parameter.allowed.empty() ? is_plain(value) : is_among(parameter.allowed, value);
        case DataType::list:
            return value.empty() || std::ranges::all_of(split(value, ','), [&](std::string_view part) {
                       return is_among(parameter.allowed, trimmed(part));
                   });
    }
    return false;
}

bool is_on(std::string_view value) {
    return is_among("1,on,true", value);
}

std::string family_of(std::string_view engine, std::string_view engine_version) {
    return std::string(engine) + std::string(engine_version.substr(0, engine_version.find('.')));
}

bool forces_ssl(std::string_view family) {
    return version_of(family) >= force_ssl_from;
}

std::map<std::string, std::string> parameters_in_force(std::string_view family,
                                                       std::string_view instance_class,
                                                       const std::map<std::string, std::string>& set) {
    const InstanceSize size = size_of(instance_class);
    std::map<std::string, std::string> in_force;
    for (const ServerParameter* parameter : server_parameters_of(family)) {
        if (!parameter->effective) continue;
        const std::string name(parameter->name);
        const auto asked = set.find(name);
        if (asked == set.end()) {
            if (!parameter->value.empty() && !is_formula(parameter->value)) in_force[name] = parameter->value;
        } else if (is_formula(asked->second) && parameter->type == DataType::integer) {
            in_force[name] = reckoned(*parameter, asked->second, size);
        } else {
            in_force[name] = asked->second;
        }
    }
    return in_force;
}

std::string_view name_of(DataType type) {
    switch (type) {
        case DataType::boolean:
            return "boolean";
        case DataType::integer:
            return "integer";
        case DataType::real:
            return "float";
        case DataType::string:
            return "string";
        case DataType::list:
            return "list";
    }
    return "string";
}

}  // namespace countersign::model
