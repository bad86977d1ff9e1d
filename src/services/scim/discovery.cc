#include "services/scim/discovery.h"

#include <array>

#include "services/scim/limits.h"

namespace countersign::scim {

namespace {

constexpr std::string_view list_schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
constexpr std::string_view core = "urn:ietf:params:scim:schemas:core:2.0:";

json::object meta(const std::string& base, std::string_view kind, const std::string& place) {
    return {{"resourceType", kind}, {"location", base + place}};
}

json::object described(const Attribute& attribute) {
    constexpr std::array types = {"string", "boolean", "complex"};
    const bool ours = attribute.use == Use::ours;
    json::object described{{"name", attribute.name},
                           {"type", types.at(static_cast<std::size_t>(attribute.type))},
                           {"multiValued", attribute.many},
                           {"required", attribute.use == Use::required},
                           {"caseExact", attribute.name == "externalId"},
                           {"mutability", ours ? "readOnly" : "readWrite"},
                           {"returned", attribute.name == "members" ? "request" : "default"},
                           {"uniqueness", attribute.name == "userName" ? "server" : "none"}};
    if (attribute.parts.empty()) return described;
    json::array parts;
    for (const Attribute& part : attribute.parts) parts.push_back(json::value(scim::described(part)));
    described["subAttributes"] = std::move(parts);
    return described;
}

json::object schema_of(const std::string& base, std::string_view id, std::string_view name,
                       Attributes attributes) {
    json::array list;
    for (const Attribute& attribute : attributes)
        if (attribute.name != enterprise_schema && attribute.name != "schemas" && attribute.name != "meta")
            list.push_back(json::value(described(attribute)));
    return {{"schemas", json::array{std::string(core) + "Schema"}},
            {"id", id},
            {"name", name},
            {"attributes", std::move(list)},
            {"meta", meta(base, "Schema", "/Schemas/" + std::string(id))}};
}

json::array all_schemas(const std::string& base) {
    const Attribute* const enterprise = find(user_attributes(), enterprise_schema);
    return {schema_of(base, user_schema, "User", user_attributes()),
            schema_of(base, group_schema, "Group", group_attributes()),
            schema_of(base, enterprise_schema, "EnterpriseUser", enterprise->parts)};
}

json::object type_of(const std::string& base, std::string_view name, std::string_view its_schema) {
    const std::string place = '/' + std::string(name) + 's';
    return {{"schemas", json::array{std::string(core) + "ResourceType"}},
            {"id", name},
            {"name", name},
            {"endpoint", place},
            {"schema", its_schema},
            {"meta", meta(base, "ResourceType", "/ResourceTypes/" + std::string(name))}};
}

json::array all_types(const std::string& base) {
    json::object user = type_of(base, "User", user_schema);
    user["schemaExtensions"] = json::array{json::object{{"schema", enterprise_schema}, {"required", false}}};
    return {std::move(user), type_of(base, "Group", group_schema)};
}

json::object as_list(json::array all) {
    const std::size_t count = all.size();
    return list_of(std::move(all), count, 1);
}

std::optional<json::object> with_id(json::array all, std::string_view id) {
    for (json::value& one : all)
        if (std::string_view(one.at("id").as_string()) == id) return std::move(one.get_object());
    return std::nullopt;
}

}  // namespace

json::object list_of(json::array resources, std::size_t total, std::size_t start) {
    const std::size_t count = resources.size();
    return {{"schemas", json::array{list_schema}},
            {"totalResults", total},
            {"startIndex", start},
            {"itemsPerPage", count},
            {"Resources", std::move(resources)}};
}

json::object service_provider_config(const std::string& base) {
    const auto offered = [](bool is) { return json::object{{"supported", is}}; };
    return {{"schemas", json::array{std::string(core) + "ServiceProviderConfig"}},
            {"patch", offered(true)},
            {"bulk", json::object{{"supported", false}, {"maxOperations", 0}, {"maxPayloadSize", 0}}},
            {"filter", json::object{{"supported", true}, {"maxResults", limits::results_max}}},
            {"changePassword", offered(false)},
            {"sort", offered(false)},
            {"etag", offered(false)},
            {"authenticationSchemes",
             json::array{json::object{{"type", "oauthbearertoken"},
                                      {"name", "OAuth Bearer Token"},
                                      {"description", "A provisioning token of the directory"},
                                      {"specUri", "https://www.rfc-editor.org/info/rfc6750"},
                                      {"primary", true}}}},
            {"meta", meta(base, "ServiceProviderConfig", "/ServiceProviderConfig")}};
}

json::object resource_types(const std::string& base) {
    return as_list(all_types(base));
}

json::object schemas(const std::string& base) {
    return as_list(all_schemas(base));
}

std::optional<json::object> resource_type(const std::string& base, std::string_view id) {
    return with_id(all_types(base), id);
}

std::optional<json::object> schema(const std::string& base, std::string_view id) {
    return with_id(all_schemas(base), id);
}

}  // namespace countersign::scim
