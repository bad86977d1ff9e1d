#include "services/scim/resources.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "formats/iso_time.h"
#include "gateway/protocol.h"
#include "gateway/query_reader.h"
#include "services/identitystore/attributes.h"

namespace countersign::scim {

namespace {

constexpr std::size_t external_id_bytes_max = 256;
// What has a member of its own in the record.
constexpr std::array own_members = {std::string_view("externalId"), std::string_view("active"),
                                    enterprise_schema};

// The API names members as SCIM names attributes, but with capitals: familyName, FamilyName.
std::string with_first(std::string_view name, int (*change)(int)) {
    std::string changed(name);
    if (!changed.empty())
        changed.front() = static_cast<char>(change(static_cast<unsigned char>(changed.front())));
    return changed;
}

json::value renamed(const json::value& value, int (*change)(int)) {
    if (value.is_object()) {
        json::object object;
        for (const auto& [name, member] : value.get_object())
            object[with_first(name, change)] = renamed(member, change);
        return object;
    }
    if (!value.is_array()) return value;
    json::array list;
    for (const json::value& one : value.get_array()) list.push_back(renamed(one, change));
    return list;
}

Result<json::object> object_in(const std::string& text) {
    if (text.empty()) return json::object();
    json::value value = TRY(formats::parse_json(text));
    if (!value.is_object()) return Error{Fault::internal, "a user's attributes are no object"};
    return std::move(value.get_object());
}

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<std::string> external_id_in(const json::object& attributes) {
    std::string id = text_in(attributes, "externalId");
    const bool plain = std::ranges::none_of(id, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (plain && id.size() <= external_id_bytes_max) return id;
    return invalid_value("externalId has at most 256 bytes, and no control characters");
}

template <class Record>
json::object with_meta(json::object resource, const Record& record, std::string_view kind,
                       const std::string& base) {
    resource["id"] = record.id;
    resource["meta"] = json::object{{"resourceType", kind},
                                    {"created", formats::second_time(record.created)},
                                    {"lastModified", formats::second_time(record.updated)},
                                    {"location", base + '/' + std::string(kind) + "s/" + record.id}};
    return resource;
}

}  // namespace

Result<json::object> attributes_of(const model::DirectoryUser& user) {
    const json::object kept = TRY(object_in(user.attributes));
    json::object attributes;
    for (const auto& [name, value] : kept)
        if (const Attribute* const known = find(user_attributes(), name))
            attributes[known->name] = renamed(value, std::tolower);
    attributes["userName"] = user.user_name;
    if (!user.display_name.empty()) attributes["displayName"] = user.display_name;
    if (!user.external_id.empty()) attributes["externalId"] = user.external_id;
    attributes["active"] = user.active;
    json::object enterprise = TRY(object_in(user.enterprise));
    if (!enterprise.empty()) attributes[enterprise_schema] = std::move(enterprise);
    return attributes;
}

json::object attributes_of(const model::DirectoryGroup& group) {
    json::object attributes{{"displayName", group.display_name}};
    if (!group.external_id.empty()) attributes["externalId"] = group.external_id;
    return attributes;
}

Result<void> put_attributes(model::DirectoryUser& user, const json::object& given) {
    const json::object attributes = TRY(read_object(user_attributes(), given));
    json::object members;
    const json::object kept = TRY(object_in(user.attributes));
    for (const auto& [name, value] : kept)
        if (find(user_attributes(), name) == nullptr) members[name] = value;
    for (const auto& [name, value] : attributes)
        if (std::ranges::find(own_members, std::string_view(name)) == own_members.end())
            members[with_first(name, std::toupper)] = renamed(value, std::toupper);
    auto parameters = TRY(gateway::parameters_of_json(json::serialize(members)));
    auto request = TRY(identitystore::read_attributes(std::move(parameters)));
    TRY(identitystore::check_attributes(request));
    user.external_id = TRY(external_id_in(attributes));
    identitystore::put_attributes(user, std::move(request));
    if (const json::value* const active = attributes.if_contains("active")) user.active = active->as_bool();
    const json::value* const enterprise = attributes.if_contains(enterprise_schema);
    user.enterprise = enterprise != nullptr ? json::serialize(*enterprise) : std::string();
    return {};
}

Result<void> put_attributes(model::DirectoryGroup& group, const json::object& given) {
    const json::object attributes = TRY(read_object(group_attributes(), given));
    const std::string name = text_in(attributes, "displayName");
    if (name.empty()) return invalid_value("displayName is a required attribute");
    TRY(identitystore::check_group_name(name));
    group.external_id = TRY(external_id_in(attributes));
    group.display_name = name;
    return {};
}

Result<json::object> shown(const model::DirectoryUser& user, const std::string& base) {
    json::object resource = TRY(attributes_of(user));
    json::array schemas{user_schema};
    if (resource.contains(enterprise_schema)) schemas.push_back(json::value(enterprise_schema));
    resource["schemas"] = std::move(schemas);
    return with_meta(std::move(resource), user, "User", base);
}

Result<json::object> shown(const model::DirectoryGroup& group, const std::string& base) {
    json::object resource = attributes_of(group);
    resource["schemas"] = json::array{group_schema};
    resource["members"] = json::array();
    return with_meta(std::move(resource), group, "Group", base);
}

}  // namespace countersign::scim
