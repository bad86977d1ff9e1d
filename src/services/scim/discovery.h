// What a client may find out about the endpoint: /ServiceProviderConfig, /ResourceTypes, /Schemas. Pure.
// Source: RFC 7643, sections 5 to 7.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/scim/schema.h"

namespace countersign::scim {

json::object list_of(json::array resources, std::size_t total, std::size_t start);

json::object service_provider_config(const std::string& base);
json::object resource_types(const std::string& base);
json::object schemas(const std::string& base);
// By its id (User, Group); nothing where there is none.
std::optional<json::object> resource_type(const std::string& base, std::string_view id);
std::optional<json::object> schema(const std::string& base, std::string_view id);

}  // namespace countersign::scim
