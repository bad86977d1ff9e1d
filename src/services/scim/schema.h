// The attributes of users and groups, by which requests are read and /Schemas is answered. Values: constant.
// Source: RFC 7643, sections 4 and 8.7; IAM Identity Center SCIM Implementation Developer Guide,
// "Limitations from SCIM specification".
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "formats/json.h"

namespace countersign::scim {

namespace json = formats::json;

inline constexpr std::string_view user_schema = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view group_schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view enterprise_schema =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

enum class Type { text, flag, complex };
// `ours`: the server says it, or finds it elsewhere; in requests it is passed over.
enum class Use { optional, required, ours };

struct Attribute {
    std::string_view name;
    Type type = Type::text;
    Use use = Use::optional;
    bool many = false;
    std::span<const Attribute> parts = {};  // of a complex one
};
using Attributes = std::span<const Attribute>;

// An extension is a complex attribute whose name is its schema.
Attributes user_attributes();
Attributes group_attributes();

// Names are equal without regard to case; nullptr where there is none.
const Attribute* find(Attributes attributes, std::string_view name);

// Errors of this folder have a scimType of RFC 7644, section 3.12, as their code.
inline Error invalid_syntax(std::string message) {
    return {Fault::invalid, std::move(message), "invalidSyntax"};
}
inline Error invalid_value(std::string message) {
    return {Fault::invalid, std::move(message), "invalidValue"};
}

// The value as it is kept: names as the schema spells them, flags that came as texts as flags, and without
// what says nothing (null, "", [], what is the server's own). null where nothing is left.
Result<json::value> read_value(const Attribute& attribute, const json::value& value);
// One of many values.
Result<json::value> read_one(const Attribute& attribute, const json::value& value);
Result<json::object> read_object(Attributes attributes, const json::value& value);

}  // namespace countersign::scim
