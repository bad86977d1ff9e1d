#include "services/cloudformation/types/type.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "services/cloudformation/types/table.h"

namespace countersign::cloudformation {

namespace {

Error wrong_property(const std::string& logical, std::string_view what) {
    return Error{Fault::invalid,
                 fmt::format("Properties validation failed for resource {} with message: {}", logical, what),
                 "ValidationError"};
}

// A function, whose result is not known yet, or what stands for one.
bool is_unknown(const json::value& value, Known known) {
    if (known == Known::all) return false;
    if (value.is_string()) return value.get_string().find(unknown_mark) != json::string::npos;
    const json::object* object = value.if_object();
    if (object == nullptr || object->size() != 1) return false;
    const std::string_view name = object->begin()->key();
    return name == "Ref" || name.starts_with("Fn::");
}

bool is_scalar(const json::value& value) {
    return value.is_string() || value.is_bool() || value.is_number();
}

bool is_flag(const json::value& value) {
    if (value.is_bool()) return true;
    if (!value.is_string()) return false;
    const std::string text = lower(value.get_string());
    return text == "true" || text == "false";
}

bool is_number(const json::value& value) {
    if (value.is_number()) return true;
    if (!value.is_string()) return false;
    const std::string_view text = value.get_string();
    return !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

class Checking {
public:
    Checking(const std::string& logical, Known known) : logical_(logical), known_(known) {}

    Result<void> value(const Property& property, const json::value& of) const {
        if (is_unknown(of, known_)) return {};
        switch (property.shape) {
            case Shape::text:
                return expected(property, is_scalar(of), "a string");
            case Shape::number:
                return expected(property, is_number(of), "a number");
            case Shape::flag:
                return expected(property, is_flag(of), "a boolean");
            case Shape::document:
                return expected(property, of.is_object() || of.is_string(), "a JSON document");
            case Shape::object:
                return members(property, of);
            case Shape::texts:
            case Shape::tags:
            case Shape::objects:
                return items(property, of);
        }
        return {};
    }

private:
    Result<void> expected(const Property& property, bool good, std::string_view what) const {
        if (good) return {};
        return wrong_property(logical_, fmt::format("#/{}: expected {}", property.name, what));
    }

    Result<void> members(const Property& property, const json::value& of) const {
        if (is_unknown(of, known_)) return {};
        const json::object* object = of.if_object();
        if (object == nullptr) return expected(property, false, "an object");
        if (property.members.empty()) return {};
        const auto names = split(property.members, ' ');
        for (const auto& member : *object)
            if (std::ranges::find(names, std::string_view(member.key())) == names.end())
                return wrong_property(logical_, fmt::format("#/{}: extraneous key [{}] is not permitted",
                                                            property.name, printable(member.key())));
        return {};
    }

    Result<void> items(const Property& property, const json::value& of) const {
        const json::array* all = of.if_array();
        if (all == nullptr) return expected(property, false, "a list");
        for (const json::value& item : *all) {
            if (property.shape != Shape::texts)
                TRY(members(property, item));
            else if (!is_unknown(item, known_) && !is_scalar(item))
                return expected(property, false, "strings");
        }
        return {};
    }

    const std::string& logical_;
    const Known known_;
};

}  // namespace

const Type* find_type(std::string_view name) {
    const std::vector<Type>& types = all_types();
    const auto found = std::ranges::find(types, name, &Type::name);
    return found == types.end() ? nullptr : &*found;
}

const Property* find_property(const Type& type, std::string_view name) {
    const auto found = std::ranges::find(type.properties, name, &Property::name);
    return found == type.properties.end() ? nullptr : &*found;
}

Result<void> check_properties(const Type& type, const std::string& logical, const json::object& properties,
                              Known known) {
    if (type.properties.empty()) return {};
    for (const auto& member : properties) {
        const Property* property = find_property(type, member.key());
        if (property == nullptr)
            return wrong_property(logical, fmt::format("Encountered unsupported property {} of {}",
                                                       printable(member.key()), type.name));
        TRY(Checking(logical, known).value(*property, member.value()));
    }
    for (const Property& property : type.properties)
        if (property.required && !properties.contains(property.name))
            return wrong_property(logical, fmt::format("#: required key [{}] not found", property.name));
    return {};
}

Difference difference(const Type& type, const json::object& before, const json::object& now) {
    std::set<std::string> names;
    for (const json::object* side : {&before, &now})
        for (const auto& member : *side) {
            const json::value* left = before.if_contains(member.key());
            const json::value* right = now.if_contains(member.key());
            if (left == nullptr || right == nullptr || *left != *right) names.emplace(member.key());
        }
    Difference found;
    for (const std::string& name : names) {
        found.properties.push_back(name);
        const Property* property = find_property(type, name);
        found.replacement =
            found.replacement || (property != nullptr && property->change == Change::replacement);
    }
    return found;
}

}  // namespace countersign::cloudformation
