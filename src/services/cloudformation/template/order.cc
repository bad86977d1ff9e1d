#include "services/cloudformation/template/order.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "services/cloudformation/template/evaluate.h"

namespace countersign::cloudformation {

namespace {

// Collects every name that a value refers to.
class Names {
public:
    // Depth is that of the template.
    void add(const json::value& value) {  // NOLINT(misc-no-recursion)
        if (const json::array* items = value.if_array()) {
            for (const json::value& item : *items) add(item);
            return;
        }
        const json::object* members = value.if_object();
        if (members == nullptr) return;
        if (members->size() == 1 && add_function(members->begin()->key(), members->begin()->value())) return;
        for (const auto& member : *members) add(member.value());
    }

    std::set<std::string> found;
    std::set<std::string> conditions;

private:
    // Whether nothing more is to be looked for inside.
    bool add_function(std::string_view name, const json::value& arguments) {  // NOLINT(misc-no-recursion)
        if (name == "Ref" && arguments.is_string()) {
            found.emplace(arguments.get_string());
            return true;
        }
        const json::array* items = arguments.if_array();
        if (name == "Fn::GetAtt") {
            const json::value* first = items != nullptr && !items->empty() ? &(*items)[0] : &arguments;
            if (!first->is_string()) return false;
            const std::string_view text = first->get_string();
            found.emplace(items != nullptr ? text : text.substr(0, text.find('.')));
            return false;
        }
        if (name == "Fn::If" && items != nullptr && !items->empty() && (*items)[0].is_string())
            conditions.emplace((*items)[0].get_string());
        if (name == "Fn::Sub") add_sub(arguments, items);
        return false;
    }

    void add_sub(const json::value& arguments, const json::array* items) {
        const bool with_own = items != nullptr && items->size() == 2 && (*items)[1].is_object();
        const json::value& source = with_own ? (*items)[0] : arguments;
        if (!source.is_string()) return;
        const auto names = sub_names(source.get_string());
        if (!names) return;
        for (const std::string& name : *names) {
            if (with_own && (*items)[1].get_object().contains(name)) continue;
            found.insert(name.substr(0, name.find('.')));
        }
    }
};

bool is_known(const Template& source, const std::string& name) {
    return name.starts_with("AWS::") || source.parameters.contains(name) || source.resources.contains(name);
}

Result<void> check_names(const Template& source, const Names& names, std::string_view block) {
    for (const std::string& name : names.found)
        if (!is_known(source, name))
            return template_error(
                fmt::format("Unresolved resource dependencies [{}] in the {} block of the "
                            "template",
                            printable(name), block));
    for (const std::string& name : names.conditions)
        if (!source.conditions.contains(name))
            return template_error(
                fmt::format("Unresolved condition dependency {} in the {} block of the "
                            "template",
                            printable(name), block));
    return {};
}

Result<void> check_no_circle(const Needs& needs) {
    Needs left = needs;
    while (!left.empty()) {
        std::vector<std::string> free;
        for (const auto& [name, of] : left) {
            bool waits = false;
            for (const std::string& other : of) waits = waits || left.contains(other);
            if (!waits) free.push_back(name);
        }
        if (free.empty()) {
            std::vector<std::string> circle;
            for (const auto& [name, of] : left) circle.push_back(name);
            return Error{Fault::invalid,
                         fmt::format("Circular dependency between resources: [{}]", joined(circle, ", ")),
                         "ValidationError"};
        }
        for (const std::string& name : free) left.erase(name);
    }
    return {};
}

}  // namespace

std::set<std::string> resources_in(const Template& source, const json::value& value) {
    Names names;
    names.add(value);
    std::erase_if(names.found, [&](const std::string& name) { return !source.resources.contains(name); });
    return names.found;
}

Result<Needs> needs_of(const Template& source) {
    Needs needs;
    for (const auto& [name, resource] : source.resources) {
        Names names;
        names.add(resource.properties);
        if (!resource.condition.empty()) names.conditions.insert(resource.condition);
        for (const std::string& other : resource.depends_on) {
            if (!source.resources.contains(other))
                return template_error(
                    fmt::format("Unresolved resource dependencies [{}] in the Resources block "
                                "of the template",
                                printable(other)));
            names.found.insert(other);
        }
        TRY(check_names(source, names, "Resources"));
        std::erase_if(names.found,
                      [&](const std::string& other) { return !source.resources.contains(other); });
        needs[name] = std::move(names.found);
    }
    for (const auto& [name, output] : source.outputs) {
        Names names;
        names.add(output.value);
        if (output.export_name) names.add(*output.export_name);
        if (!output.condition.empty()) names.conditions.insert(output.condition);
        TRY(check_names(source, names, "Outputs"));
    }
    TRY(check_no_circle(needs));
    return needs;
}

}  // namespace countersign::cloudformation
