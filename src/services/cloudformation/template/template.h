// A template as its sections say, checked as far as that goes without its parameters. Pure.
// Source: AWS CloudFormation User Guide, "Template sections".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/cloudformation/template/text.h"

namespace countersign::cloudformation {

struct ParameterDeclaration {
    std::string type;
    std::string description;
    std::optional<std::string> default_value;
    bool no_echo = false;
    std::optional<std::vector<std::string>> allowed_values;
    std::string allowed_pattern;
    std::string constraint_description;
    std::optional<std::int64_t> length_min;
    std::optional<std::int64_t> length_max;
    std::optional<double> value_min;
    std::optional<double> value_max;
};

struct ResourceDeclaration {
    std::string type;
    json::object properties;
    std::vector<std::string> depends_on;
    std::string condition;
    std::string deletion_policy;        // empty: none is said
    std::string update_replace_policy;  // empty: none is said
    std::string metadata;               // as JSON; empty: none
};

struct OutputDeclaration {
    std::string description;
    std::string condition;
    json::value value;
    std::optional<json::value> export_name;
};

struct Template {
    std::string description;
    std::string metadata;  // as JSON; empty: none
    std::map<std::string, ParameterDeclaration> parameters;
    json::object mappings;
    json::object conditions;
    json::object rules;
    std::map<std::string, ResourceDeclaration> resources;
    std::map<std::string, OutputDeclaration> outputs;
};

inline constexpr std::size_t resources_max = 500;  // AWS's, as the next two
inline constexpr std::size_t parameters_of_template_max = 200;
inline constexpr std::size_t outputs_max = 200;
inline constexpr std::size_t mappings_max = 200;
inline constexpr std::size_t conditions_max = 200;

// Fault::invalid: what the text reader refuses; sections, members or values that are none; more than there
// may be. Not yet: names that lead nowhere, types and properties.
Result<Template> read_template(std::string_view text);

}  // namespace countersign::cloudformation
