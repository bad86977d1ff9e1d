#include "services/scim/patch.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "services/scim/limits.h"

namespace countersign::scim {

namespace {

Error no_target(std::string message) {
    return {Fault::invalid, std::move(message), "noTarget"};
}

// Names in a PATCH are as free as everywhere.
const json::value* member_of(const json::object& object, std::string_view name) {
    for (const auto& [key, value] : object)
        if (lower(std::string_view(key)) == name) return &value;
    return nullptr;
}

Result<Kind> kind_of(const json::object& operation) {
    const json::value* const op = member_of(operation, "op");
    const std::string name =
        op != nullptr && op->is_string() ? lower(std::string_view(op->get_string())) : "";
    if (name == "add") return Kind::add;
    if (name == "replace") return Kind::replace;
    if (name == "remove") return Kind::remove;
    return invalid_syntax("An operation's op is add, replace or remove");
}

bool is_within_values(const Path& path) {
    return path.steps.front()->many && (path.steps.size() > 1 || !path.filter.empty());
}

// Nothing for what is the server's own.
Result<void> add_operation(Kind kind, Path path, const json::value& value, std::vector<Operation>& into) {
    const Attribute& last = *path.steps.back();
    if (path.steps.front()->use == Use::ours || last.use == Use::ours) return {};
    if (into.size() >= limits::operations_max)
        return invalid_syntax("A request has at most 100 operations; send the others in the next");
    json::value kept = TRY(is_within_values(path) ? read_one(last, value) : read_value(last, value));
    into.push_back({kind, std::move(path), std::move(kept)});
    return {};
}

Result<void> read_operation(Attributes attributes, const json::value& given, std::vector<Operation>& into) {
    if (!given.is_object()) return invalid_syntax("An operation is an object with op, path and value");
    const json::object& object = given.get_object();
    const Kind kind = TRY(kind_of(object));
    const json::value* const path = member_of(object, "path");
    const json::value* const value = member_of(object, "value");
    if (value == nullptr && kind != Kind::remove) return invalid_value("add and replace need a value");
    if (path != nullptr && !path->is_null()) {
        if (!path->is_string()) return invalid_syntax("An operation's path is a text");
        Path parsed = TRY(parse_path(attributes, path->get_string()));
        return add_operation(kind, std::move(parsed), value != nullptr ? *value : json::value(), into);
    }
    if (kind == Kind::remove) return no_target("remove needs a path");
    if (!value->is_object()) return invalid_value("Without a path the value is an object");
    for (const auto& [name, member] : value->get_object()) {
        Path parsed = TRY(parse_path(attributes, name));
        TRY(add_operation(kind, std::move(parsed), member, into));
    }
    return {};
}

void merge(const json::value& value, json::value& into) {
    if (!value.is_object() || !into.is_object()) {
        into = value;
        return;
    }
    for (const auto& [name, member] : value.get_object()) into.get_object()[name] = member;
}

bool is_named_by(const json::array& values, const json::value& one) {
    return std::ranges::any_of(values, [&](const json::value& value) {
        const json::value* const left = value.is_object() ? value.get_object().if_contains("value") : nullptr;
        const json::value* const right = one.is_object() ? one.get_object().if_contains("value") : nullptr;
        return left != nullptr && right != nullptr && *left == *right;
    });
}

void erase_if(json::array& list, const std::function<bool(const json::value&)>& is_gone) {
    json::array kept;
    for (json::value& one : list)
        if (!is_gone(one)) kept.push_back(std::move(one));
    list = std::move(kept);
}

// All values of an attribute.
void change_values(const Operation& operation, json::array& list) {
    const json::array given = operation.value.is_array() ? operation.value.get_array() : json::array();
    if (operation.kind == Kind::remove)
        erase_if(list, [&](const json::value& one) { return given.empty() || is_named_by(given, one); });
    if (operation.kind == Kind::replace) list = given;
    if (operation.kind != Kind::add) return;
    erase_if(list, [&](const json::value& one) { return is_named_by(given, one); });
    list.insert(list.end(), given.begin(), given.end());
}

// A value that is what the filter says.
json::value wanted_by(const Filter& filter) {
    json::object wanted;
    for (const Equality& one : filter) wanted[one.steps.front()->name] = one.value;
    return wanted;
}

// The values that the filter picks, or an attribute of them.
Result<void> change_chosen(const Operation& operation, json::array& list) {
    const Path& path = operation.path;
    const auto chosen = [&](const json::value& one) {
        return one.is_object() && matches(path.filter, one.get_object());
    };
    const bool whole = path.steps.size() == 1;
    if (operation.kind == Kind::remove && whole) {
        erase_if(list, chosen);
        return {};
    }
    if (operation.kind == Kind::add && std::ranges::none_of(list, chosen))
        list.push_back(wanted_by(path.filter));
    bool found = false;
    for (json::value& one : list) {
        if (!chosen(one)) continue;
        found = true;
        if (whole && operation.value.is_object())
            merge(operation.value, one);
        else if (whole)
            continue;
        else if (operation.kind == Kind::remove || operation.value.is_null())
            one.get_object().erase(path.steps.back()->name);
        else
            one.get_object()[path.steps.back()->name] = operation.value;
    }
    if (!found && operation.kind == Kind::replace) return no_target("No value is as the path says");
    return {};
}

Result<void> change_many(const Operation& operation, json::object& resource) {
    const std::string_view name = operation.path.steps.front()->name;
    json::value& list = resource[name];
    if (!list.is_array()) list = json::array();
    if (is_within_values(operation.path))
        TRY(change_chosen(operation, list.get_array()));
    else
        change_values(operation, list.get_array());
    if (list.get_array().empty()) resource.erase(name);
    return {};
}

}  // namespace

Result<std::vector<Operation>> parse_patch(Attributes attributes, const json::value& request) {
    const json::value* const list =
        request.is_object() ? member_of(request.get_object(), "operations") : nullptr;
    if (list == nullptr || !list->is_array()) return invalid_syntax("A PATCH has a list of Operations");
    if (list->get_array().size() > limits::operations_max)
        return invalid_syntax("A request has at most 100 operations; send the others in the next");
    std::vector<Operation> operations;
    for (const json::value& one : list->get_array()) TRY(read_operation(attributes, one, operations));
    return operations;
}

Result<void> apply(const Operation& operation, json::object& resource) {
    const Steps& steps = operation.path.steps;
    if (steps.front()->many) return change_many(operation, resource);
    json::object* at = &resource;
    for (auto step = steps.begin(); step + 1 != steps.end(); ++step) {
        json::value& inner = (*at)[(*step)->name];
        if (!inner.is_object()) inner = json::object();
        at = &inner.get_object();
    }
    const std::string_view name = steps.back()->name;
    if (operation.kind == Kind::remove || operation.value.is_null())
        at->erase(name);
    else
        merge(operation.value, (*at)[name]);
    return {};
}

}  // namespace countersign::scim
