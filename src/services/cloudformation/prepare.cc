#include "services/cloudformation/prepare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "gateway/tags.h"
#include "services/cloudformation/types/parts.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view named_iam = "CAPABILITY_NAMED_IAM";
constexpr std::size_t stack_bytes_max = 2UL * 1024 * 1024;  // of all properties, which every turn reads
constexpr std::string_view any_iam = "CAPABILITY_IAM";

Result<void> check_types(const Template& source) {
    std::set<std::string> unknown;
    for (const auto& [logical, resource] : source.resources)
        if (find_type(resource.type) == nullptr) unknown.insert(printable(resource.type));
    if (unknown.empty()) return {};
    return template_error(
        fmt::format("Unrecognized resource types: [{}]", joined({unknown.begin(), unknown.end()}, ", ")));
}

// Every attribute that Fn::GetAtt or Fn::Sub names is one of the type's.
Result<void> check_attribute(const Template& source, const std::string& logical,
                             const std::string& attribute) {
    const auto resource = source.resources.find(logical);
    if (resource == source.resources.end()) return {};
    const Type* type = find_type(resource->second.type);
    if (type == nullptr || type->attributes.contains(attribute)) return {};
    return template_error(fmt::format("Resource {} does not support attribute type {} in Fn::GetAtt", logical,
                                      printable(attribute)));
}

std::string unknown_value(const std::string& logical, std::string_view attribute) {
    return std::string(1, unknown_mark) + logical + '.' + std::string(attribute);
}

bool uses_select(const json::object& properties) {
    return json::serialize(properties).find("\"Fn::Select\"") != std::string::npos;
}

Result<void> check_resources(const Records& records, const model::Stack& stack, const Plan& plan) {
    const KnownThing nothing = [](const std::string&) -> const model::StackThing* { return nullptr; };
    std::size_t bytes = 0;
    for (const auto& [logical, resource] : plan.source.resources) {
        if (!plan.is_wanted(logical)) continue;
        const Type& type = *find_type(resource.type);
        const auto properties = foreseen(records, stack, plan, logical, nothing);
        // What is picked out of a text that is not known may be there later.
        if (!properties && uses_select(resource.properties)) continue;
        if (!properties) return properties.error();
        bytes += json::serialize(*properties).size();
        if (bytes > stack_bytes_max)
            return template_error("its resources are too large with all values put in");
        TRY(check_properties(type, logical, *properties, Known::some));
    }
    return {};
}

Result<void> check_function(const Template& source, std::string_view name, const json::value& arguments) {
    if (name == "Fn::GetAtt") {
        const json::array* two = arguments.if_array();
        const bool known =
            two != nullptr && two->size() == 2 && (*two)[0].is_string() && (*two)[1].is_string();
        if (!known) return {};
        return check_attribute(source, std::string((*two)[0].get_string()),
                               std::string((*two)[1].get_string()));
    }
    if (name != "Fn::Sub" || !arguments.is_string()) return {};
    const auto names = TRY(sub_names(arguments.get_string()));
    for (const std::string& one : names)
        if (const std::size_t dot = one.find('.'); dot != std::string::npos)
            TRY(check_attribute(source, one.substr(0, dot), one.substr(dot + 1)));
    return {};
}

Result<void> check_references(const Template& source,
                              const json::value& value) {  // NOLINT(misc-no-recursion)
    if (const json::array* items = value.if_array())
        for (const json::value& item : *items) TRY(check_references(source, item));
    const json::object* members = value.if_object();
    if (members == nullptr) return {};
    for (const auto& member : *members) {
        TRY(check_references(source, member.value()));
        TRY(check_function(source, member.key(), member.value()));
    }
    return {};
}

Result<void> check_capabilities(const Template& source, const std::vector<std::string>& given) {
    const auto has = [&](std::string_view one) { return std::ranges::find(given, one) != given.end(); };
    for (const std::string& needed : capabilities_for(source))
        if (!has(needed) && !(needed == any_iam && has(named_iam)))
            return Error{Fault::denied, fmt::format("Requires capabilities : [{}]", needed),
                         "InsufficientCapabilitiesException"};
    return {};
}

Result<GivenParameters> given_parameters(const Wish& wish, const Template& source,
                                         const GivenParameters& before) {
    GivenParameters given;
    for (const api::Parameter& one : wish.parameters.value_or(std::vector<api::Parameter>())) {
        const std::string name = one.ParameterKey.value_or("");
        if (given.contains(name)) return validation_error("Duplicate parameter " + printable(name));
        if (!one.UsePreviousValue.value_or(false)) {
            given[name] = one.ParameterValue.value_or("");
            continue;
        }
        const auto old = before.find(name);
        if (old == before.end())
            return validation_error(
                fmt::format("Invalid input for parameter key {}. Cannot specify usePreviousValue as true for "
                            "a parameter key "
                            "not in the previous template",
                            printable(name)));
        if (source.parameters.contains(name)) given[name] = old->second;
    }
    return given;
}

Result<std::vector<model::Tag>> tags_of(const Wish& wish, const model::StackSource* previous) {
    if (!wish.tags) return previous != nullptr ? previous->tags : std::vector<model::Tag>();
    std::vector<model::Tag> tags = gateway::tags_from_api(*wish.tags);
    if (tags.size() > gateway::tags_max) return validation_error("A stack has at most 50 tags.");
    if (gateway::has_repeated_key(tags, gateway::TagKeys::case_sensitive))
        return validation_error("Duplicate tag keys");
    for (const model::Tag& tag : tags)
        if (gateway::is_reserved_tag_key(tag.Key) || tag.Key.empty() || tag.Key.size() > 128 ||
            tag.Value.size() > 256)
            return validation_error(
                "Tag keys and values have at most 128 and 256 characters, and no key begins "
                "with aws:");
    return tags;
}

Result<std::string> body_of(const Wish& wish, const model::StackSource* previous) {
    if (wish.use_previous) {
        if (previous == nullptr || wish.body)
            return validation_error(
                "Either a template or UsePreviousTemplate must be given, and this needs a stack.");
        return previous->body;
    }
    if (!wish.body) return validation_error("Either Template URL or Template Body must be specified.");
    return *wish.body;
}

}  // namespace

Error validation_error(std::string message) {
    return Error{Fault::invalid, std::move(message), "ValidationError"};
}

Result<Template> checked_template(std::string_view body) {
    Template source = TRY(read_template(body));
    TRY(check_parameter_types(source));
    TRY(check_types(source));
    TRY(needs_of(source));
    for (const auto& [logical, resource] : source.resources)
        TRY(check_references(source, json::value(resource.properties)));
    for (const auto& [key, output] : source.outputs) TRY(check_references(source, output.value));
    return source;
}

std::vector<std::string> capabilities_for(const Template& source) {
    bool needed = false;
    bool named = false;
    for (const auto& [logical, resource] : source.resources) {
        const Type* type = find_type(resource.type);
        if (type == nullptr || !type->iam) continue;
        needed = true;
        named = named || (!type->name_property.empty() && resource.properties.contains(type->name_property));
    }
    if (!needed) return {};
    return {std::string(named ? named_iam : any_iam)};
}

std::vector<std::string> types_in(const Template& source) {
    std::set<std::string> types;
    for (const auto& [logical, resource] : source.resources) types.insert(resource.type);
    return {types.begin(), types.end()};
}

Result<json::object> foreseen(const Records& records, const model::Stack& stack, const Plan& plan,
                              const std::string& logical, const KnownThing& known) {
    Environment environment = environment_of(records, stack, plan);
    environment.ref = [&](const std::string& other) -> Result<json::value> {
        const model::StackThing* thing = known(other);
        return json::value(thing != nullptr ? thing->physical : unknown_value(other, "Ref"));
    };
    environment.attribute = [&](const std::string& other, const std::string& name) -> Result<json::value> {
        const model::StackThing* thing = known(other);
        if (thing == nullptr) return json::value(unknown_value(other, name));
        const json::object attributes = TRY(records.open_object(stack.uuid, thing->sealed_attributes));
        const json::value* value = attributes.if_contains(name);
        return value != nullptr ? *value : json::value(unknown_value(other, name));
    };
    environment.import = [&](const std::string& name) -> Result<json::value> {
        const auto found = TRY(records.find_export(name));
        if (!found) return validation_error("No export named " + printable(name) + " found.");
        return json::value(TRY(records.open(found->record.uuid, found->record.sealed_value)));
    };
    return Evaluator(plan.source, environment).object(plan.source.resources.at(logical).properties);
}

Result<Prepared> prepare(const Records& records, const model::Stack& stack, const Wish& wish,
                         const model::StackSource* previous) {
    Prepared made;
    made.source.body = TRY(body_of(wish, previous));
    made.source.tags = TRY(tags_of(wish, previous));
    const Template source = TRY(checked_template(made.source.body));
    GivenParameters before;
    if (previous != nullptr) before = TRY(records.open_parameters(stack.uuid, *previous));
    const GivenParameters given = TRY(given_parameters(wish, source, before));
    made.source.sealed_parameters =
        records.seal_parameters(stack.uuid, TRY(settle_parameters(source, given)));
    TRY(check_capabilities(source, wish.capabilities));
    made.plan = TRY(plan_of(records, stack, made.source));
    TRY(check_resources(records, stack, made.plan));
    return made;
}

}  // namespace countersign::cloudformation
