// The attributes of a person as requests give them, as the record keeps them and as answers show them.
#pragma once

#include <vector>

#include "gateway/document.h"
#include "generated/identitystore.h"
#include "model/identity_center.h"

namespace countersign::identitystore {

// All that a user has, in the form of the request that makes one.
Result<api::CreateUserRequest> attributes_of(const model::DirectoryUser& user);

// From members by their names. ValidationException where one is not known, or no value for it.
Result<api::CreateUserRequest> read_attributes(formats::Parameters parameters);

// Whether it is all that Identity Center needs of a user. ValidationException.
// Source: Identity Store API Reference, "CreateUser".
Result<void> check_attributes(const api::CreateUserRequest& attributes);

// Whether a group may be called so. ValidationException.
Result<void> check_group_name(const std::string& name);

// Into the record; what the request does not have, the user has not.
void put_attributes(model::DirectoryUser& user, api::CreateUserRequest request);

// The attributes with these changes: each puts a new value in the place of what its path names, or none.
// ValidationException where a path names nothing, or a value is none for it.
Result<api::CreateUserRequest> changed(const model::DirectoryUser& user,
                                       const std::vector<api::AttributeOperation>& operations);

// userName → UserName, name.familyName → Name.FamilyName: paths begin with small letters, members with
// capitals.
std::string member_path(const std::string& attribute_path);

// `Answer` is api::User or api::DescribeUserResponse, which have the same members.
template <class Answer>
Result<Answer> shown(const model::DirectoryUser& user);

}  // namespace countersign::identitystore
