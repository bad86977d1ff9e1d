#include "services/scim/schema.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::scim {

namespace {

constexpr std::size_t text_bytes_max = 4096;  // 1024 characters, as the API has them
constexpr std::size_t values_max = 100;
constexpr std::size_t name_bytes_shown_max = 128;

constexpr Attribute value_part{"value", Type::text, Use::required};
constexpr Attribute type_part{"type"};
constexpr Attribute primary_part{"primary", Type::flag};

constexpr std::array name_parts{Attribute{"formatted"},
                                Attribute{"familyName", Type::text, Use::required},
                                Attribute{"givenName", Type::text, Use::required},
                                Attribute{"middleName"},
                                Attribute{"honorificPrefix"},
                                Attribute{"honorificSuffix"}};
constexpr std::array contact_parts{value_part, type_part, primary_part};
constexpr std::array address_parts{Attribute{"formatted"},
                                   Attribute{"streetAddress"},
                                   Attribute{"locality"},
                                   Attribute{"region"},
                                   Attribute{"postalCode"},
                                   Attribute{"country"},
                                   type_part,
                                   primary_part};
constexpr std::array named_parts{value_part, Attribute{"display", Type::text, Use::ours},
                                 Attribute{"type", Type::text, Use::ours},
                                 Attribute{"$ref", Type::text, Use::ours}};
constexpr std::array manager_parts{value_part, Attribute{"displayName", Type::text, Use::ours},
                                   Attribute{"$ref", Type::text, Use::ours}};
constexpr std::array enterprise_parts{
    Attribute{"employeeNumber"}, Attribute{"costCenter"},
    Attribute{"organization"},   Attribute{"division"},
    Attribute{"department"},     Attribute{"manager", Type::complex, Use::optional, false, manager_parts}};

constexpr Attribute id_attribute{"id", Type::text, Use::ours};
constexpr Attribute schemas_attribute{"schemas", Type::text, Use::ours, true};
constexpr Attribute meta_attribute{"meta", Type::complex, Use::ours};
constexpr Attribute external_id_attribute{"externalId"};
constexpr Attribute display_name_attribute{"displayName", Type::text, Use::required};

constexpr std::array attributes_of_users{
    id_attribute,
    schemas_attribute,
    meta_attribute,
    external_id_attribute,
    Attribute{"userName", Type::text, Use::required},
    Attribute{"name", Type::complex, Use::required, false, name_parts},
    display_name_attribute,
    Attribute{"nickName"},
    Attribute{"profileUrl"},
    Attribute{"title"},
    Attribute{"userType"},
    Attribute{"preferredLanguage"},
    Attribute{"locale"},
    Attribute{"timezone"},
    Attribute{"active", Type::flag},
    Attribute{"emails", Type::complex, Use::optional, true, contact_parts},
    Attribute{"phoneNumbers", Type::complex, Use::optional, true, contact_parts},
    Attribute{"addresses", Type::complex, Use::optional, true, address_parts},
    Attribute{"roles", Type::complex, Use::optional, true, contact_parts},
    Attribute{"groups", Type::complex, Use::ours, true, named_parts},
    Attribute{enterprise_schema, Type::complex, Use::optional, false, enterprise_parts}};
constexpr std::array attributes_of_groups{
    id_attribute,           schemas_attribute,
    meta_attribute,         external_id_attribute,
    display_name_attribute, Attribute{"members", Type::complex, Use::optional, true, named_parts}};

std::string printed(std::string_view name) {
    return printable(name, name_bytes_shown_max);
}

// Of "flag" as some clients send it.
std::optional<bool> flag_in(const json::value& given) {
    if (given.is_bool()) return given.get_bool();
    if (!given.is_string()) return std::nullopt;
    const std::string text = lower(std::string_view(given.get_string()));
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
}

Result<json::value> read_text(const Attribute& attribute, const json::value& given) {
    if (!given.is_string()) return invalid_value(printed(attribute.name) + " is a text");
    const std::string_view text = given.get_string();
    if (text.size() > text_bytes_max) return invalid_value(printed(attribute.name) + " is too long");
    if (text.empty()) return json::value(nullptr);
    return json::value(text);
}

// A complex value that came as a text is its `value`.
Result<json::value> read_complex(const Attribute& attribute, const json::value& given) {
    const Attribute* const inner = find(attribute.parts, "value");
    if (given.is_string() && inner != nullptr) {
        json::value text = TRY(read_text(*inner, given));
        return text.is_null() ? text : json::value(json::object{{"value", std::move(text)}});
    }
    if (!given.is_object()) return invalid_value(printed(attribute.name) + " is an object");
    json::object object = TRY(read_object(attribute.parts, given));
    return object.empty() ? json::value(nullptr) : json::value(std::move(object));
}

}  // namespace

Attributes user_attributes() {
    return attributes_of_users;
}

Attributes group_attributes() {
    return attributes_of_groups;
}

const Attribute* find(Attributes attributes, std::string_view name) {
    const std::string wanted = lower(name);
    const auto found = std::ranges::find_if(
        attributes, [&](const Attribute& attribute) { return lower(attribute.name) == wanted; });
    return found == attributes.end() ? nullptr : &*found;
}

Result<json::value> read_one(const Attribute& attribute, const json::value& given) {
    if (given.is_null()) return json::value(nullptr);
    if (attribute.type == Type::complex) return read_complex(attribute, given);
    if (attribute.type == Type::text) return read_text(attribute, given);
    const auto flag = flag_in(given);
    if (!flag) return invalid_value(printed(attribute.name) + " is true or false");
    return json::value(*flag);
}

Result<json::value> read_value(const Attribute& attribute, const json::value& given) {
    if (!attribute.many || given.is_null()) return read_one(attribute, given);
    const json::array values = given.is_array() ? given.get_array() : json::array{given};
    if (values.size() > values_max)
        return invalid_value(printed(attribute.name) + " has at most 100 values in one request");
    json::array kept;
    for (const json::value& value : values) {
        json::value one = TRY(read_one(attribute, value));
        if (!one.is_null()) kept.push_back(std::move(one));
    }
    return kept.empty() ? json::value(nullptr) : json::value(std::move(kept));
}

Result<json::object> read_object(Attributes attributes, const json::value& given) {
    if (!given.is_object()) return invalid_syntax("The request is a JSON object");
    json::object object;
    for (const auto& [name, member] : given.get_object()) {
        const Attribute* const attribute = find(attributes, name);
        if (attribute == nullptr)
            return invalid_syntax("The attribute " + printed(name) + " is not supported");
        if (attribute->use == Use::ours) continue;
        json::value kept = TRY(read_value(*attribute, member));
        if (!kept.is_null()) object[attribute->name] = std::move(kept);
    }
    return object;
}

}  // namespace countersign::scim
