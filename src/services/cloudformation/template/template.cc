#include "services/cloudformation/template/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace countersign::cloudformation {

namespace {

bool is_logical_id(std::string_view name) {
    return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](unsigned char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= 'a' && letter <= 'z');
    });
}

Result<void> known_members(const json::object& object, std::string_view what,
                           std::initializer_list<std::string_view> known) {
    for (const auto& member : object)
        if (std::ranges::find(known, std::string_view(member.key())) == known.end())
            return template_error(
                fmt::format("Invalid template {} property [{}]", what, printable(member.key())));
    return {};
}

Result<std::string> text_member(const json::object& object, std::string_view name, std::string_view owner) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr) return std::string();
    if (found->is_object() || found->is_array() || found->is_null())
        return template_error(fmt::format("Every {} member of {} must be a string.", name, owner));
    return scalar_text(*found);
}

// A section: an object of objects, each with a name of letters and digits.
Result<json::object> section(const json::object& whole, std::string_view name, std::size_t most) {
    const json::value* found = whole.if_contains(name);
    if (found == nullptr || found->is_null()) return json::object();
    if (!found->is_object()) return template_error(fmt::format("{} must be an object.", name));
    const json::object& members = found->get_object();
    if (members.size() > most)
        return template_error(fmt::format("Number of {}, {}, is greater than maximum allowed, {}",
                                          lower(name), members.size(), most));
    for (const auto& member : members) {
        if (!is_logical_id(member.key()))
            return template_error(
                fmt::format("{} name {} is non alphanumeric.", name, printable(member.key())));
        if (!member.value().is_object())
            return template_error(
                fmt::format("Every {} member must be an object: {}.", name, printable(member.key())));
    }
    return members;
}

template <class Number>
Result<void> read_number(const json::object& object, std::string_view name, std::optional<Number>& into) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr) return {};
    const std::string text = scalar_text(*found);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return template_error(fmt::format("{} must be a number.", name));
    into = number;
    return {};
}

Result<ParameterDeclaration> read_parameter(const std::string& name, const json::object& object) {
    TRY(known_members(object, "parameter",
                      {"AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description",
                       "MaxLength", "MaxValue", "MinLength", "MinValue", "NoEcho", "Type"}));
    ParameterDeclaration parameter;
    parameter.type = TRY(text_member(object, "Type", name));
    if (parameter.type.empty())
        return template_error(fmt::format("Every Parameters object must contain a Type member: {}.", name));
    parameter.description = TRY(text_member(object, "Description", name));
    if (object.contains("Default")) parameter.default_value = TRY(text_member(object, "Default", name));
    const std::string no_echo = lower(TRY(text_member(object, "NoEcho", name)));
    parameter.no_echo = !no_echo.empty() && no_echo != "false";  // what is no word for no hides
    parameter.allowed_pattern = TRY(text_member(object, "AllowedPattern", name));
    parameter.constraint_description = TRY(text_member(object, "ConstraintDescription", name));
    if (const json::value* values = object.if_contains("AllowedValues")) {
        if (!values->is_array()) return template_error("AllowedValues must be a list.");
        parameter.allowed_values.emplace();
        for (const json::value& value : values->get_array())
            parameter.allowed_values->push_back(scalar_text(value));
    }
    TRY(read_number(object, "MinLength", parameter.length_min));
    TRY(read_number(object, "MaxLength", parameter.length_max));
    TRY(read_number(object, "MinValue", parameter.value_min));
    TRY(read_number(object, "MaxValue", parameter.value_max));
    return parameter;
}

Result<std::string> end_policy(const json::object& object, std::string_view name, const std::string& of) {
    const std::string policy = TRY(text_member(object, name, of));
    if (policy == "Snapshot")
        return Error{Fault::unsupported,
                     fmt::format("{} Snapshot of resource {} is not offered here: there are no snapshots. "
                                 "Choose Delete or Retain.",
                                 name, of),
                     "ValidationError"};
    const bool except = policy == "RetainExceptOnCreate" && name == "DeletionPolicy";
    if (policy.empty() || policy == "Delete" || policy == "Retain" || except) return policy;
    return template_error(fmt::format("Unrecognized {} {} for resource {}", name, printable(policy), of));
}

Result<ResourceDeclaration> read_resource(const std::string& name, const json::object& object) {
    TRY(known_members(object, "resource",
                      {"Condition", "DeletionPolicy", "DependsOn", "Description", "Metadata", "Properties",
                       "Type", "UpdateReplacePolicy"}));
    ResourceDeclaration resource;
    resource.type = TRY(text_member(object, "Type", name));
    if (resource.type.empty())
        return template_error(
            fmt::format("[/Resources/{}] Every Resources object must contain a Type member.", name));
    if (const json::value* properties = object.if_contains("Properties");
        properties && !properties->is_null()) {
        if (!properties->is_object())
            return template_error(
                fmt::format("[/Resources/{}/Properties] 'null' values are not allowed in "
                            "templates, and Properties must be an object",
                            name));
        resource.properties = properties->get_object();
    }
    resource.condition = TRY(text_member(object, "Condition", name));
    resource.deletion_policy = TRY(end_policy(object, "DeletionPolicy", name));
    resource.update_replace_policy = TRY(end_policy(object, "UpdateReplacePolicy", name));
    if (const json::value* metadata = object.if_contains("Metadata"))
        resource.metadata = json::serialize(*metadata);
    const json::value* depends = object.if_contains("DependsOn");
    if (depends == nullptr) return resource;
    if (depends->is_string())
        resource.depends_on.emplace_back(depends->get_string());
    else if (!depends->is_array())
        return template_error("DependsOn must be a string or list of strings.");
    else
        for (const json::value& one : depends->get_array()) {
            if (!one.is_string()) return template_error("DependsOn must be a string or list of strings.");
            resource.depends_on.emplace_back(one.get_string());
        }
    return resource;
}

Result<OutputDeclaration> read_output(const std::string& name, const json::object& object) {
    TRY(known_members(object, "output", {"Condition", "Description", "Export", "Value"}));
    OutputDeclaration output;
    output.description = TRY(text_member(object, "Description", name));
    output.condition = TRY(text_member(object, "Condition", name));
    const json::value* value = object.if_contains("Value");
    if (value == nullptr || value->is_null())
        return template_error(fmt::format("Every Outputs member must contain a Value object: {}.", name));
    output.value = *value;
    const json::value* exported = object.if_contains("Export");
    if (exported == nullptr) return output;
    const json::object* of = exported->if_object();
    if (of == nullptr || of->size() != 1 || !of->contains("Name"))
        return template_error(fmt::format("Export of output {} must have exactly the member Name.", name));
    output.export_name = of->at("Name");
    return output;
}

Result<void> read_plain_sections(const json::object& whole, Template& into) {
    into.description = TRY(text_member(whole, "Description", "the template"));
    if (into.description.size() > 1024) return template_error("'Description' length is greater than 1024.");
    const std::string version = TRY(text_member(whole, "AWSTemplateFormatVersion", "the template"));
    if (!version.empty() && version != "2010-09-09")
        return template_error("Unsupported template version: " + printable(version) + '.');
    if (const json::value* metadata = whole.if_contains("Metadata"))
        into.metadata = json::serialize(*metadata);
    into.mappings = TRY(section(whole, "Mappings", mappings_max));
    into.conditions = TRY(section(whole, "Conditions", conditions_max));
    into.rules = TRY(section(whole, "Rules", conditions_max));
    return {};
}

}  // namespace

Result<Template> read_template(std::string_view text) {
    const json::value parsed = TRY(read_template_text(text));
    if (!parsed.is_object()) return template_error("unsupported structure.");
    const json::object& whole = parsed.get_object();
    if (whole.contains("Transform"))
        return Error{Fault::unsupported, "The Transform section is not offered here: there are no macros.",
                     "ValidationError"};
    TRY(known_members(whole, "",
                      {"AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata",
                       "Outputs", "Parameters", "Resources", "Rules"}));
    Template read;
    TRY(read_plain_sections(whole, read));
    const json::object parameters = TRY(section(whole, "Parameters", parameters_of_template_max));
    for (const auto& member : parameters)
        read.parameters[member.key()] = TRY(read_parameter(member.key(), member.value().get_object()));
    const json::object resources = TRY(section(whole, "Resources", resources_max));
    if (resources.empty()) return template_error("At least one Resources member must be defined.");
    for (const auto& member : resources)
        read.resources[member.key()] = TRY(read_resource(member.key(), member.value().get_object()));
    const json::object outputs = TRY(section(whole, "Outputs", outputs_max));
    for (const auto& member : outputs)
        read.outputs[member.key()] = TRY(read_output(member.key(), member.value().get_object()));
    return read;
}

}  // namespace countersign::cloudformation
