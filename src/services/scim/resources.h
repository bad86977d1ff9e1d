// Users and groups as SCIM shows them, and what requests say of them into the records. Pure.
// Source: IAM Identity Center SCIM Implementation Developer Guide, "CreateUser", "GetGroup".
#pragma once

#include <string>

#include "model/identity_center.h"
#include "services/scim/schema.h"

namespace countersign::scim {

// What a client may say of it, as read_object() has it.
Result<json::object> attributes_of(const model::DirectoryUser& user);
json::object attributes_of(const model::DirectoryGroup& group);

// In the place of all that a client may say, but of `active` where the attributes do not have it. What SCIM
// has no name for stays. Errors have scimTypes, or the codes of services/identitystore.
Result<void> put_attributes(model::DirectoryUser& user, const json::object& attributes);
Result<void> put_attributes(model::DirectoryGroup& group, const json::object& attributes);

// `base` is the URL of the endpoint. A group is shown without its members, as AWS's are.
Result<json::object> shown(const model::DirectoryUser& user, const std::string& base);
Result<json::object> shown(const model::DirectoryGroup& group, const std::string& base);

}  // namespace countersign::scim
