// Keys of the store below IAM Identity Center, as model/keys.h has the others.
#pragma once

#include <string>

#include "model/keys.h"

namespace countersign::model::keys {

// IAM Identity Center: an instance is found by the id of its identity store (d-…).
inline std::string identity_centers() {
    return "/identity-center/instance/";
}
inline std::string identity_center(Name identity_store) {
    return identity_centers() + std::string(identity_store);
}
// The id of the identity store of the account's instance, as text.
inline std::string identity_center_of(Name account_id) {
    return "/identity-center/of/" + std::string(account_id);
}
// All that is an instance's.
inline std::string all_of_identity_center(Name identity_store) {
    return "/identity-center/" + std::string(identity_store) + '/';
}
// One kind of an instance's nouns: /identity-center/STORE/KIND/
inline std::string identity_kind(Name identity_store, Name kind) {
    return all_of_identity_center(identity_store) + std::string(kind) + '/';
}
inline std::string directory_users(Name identity_store) {
    return identity_kind(identity_store, "user");
}
inline std::string directory_user(Name identity_store, Name id) {
    return item(directory_users(identity_store), lower(id));
}
// The id of the user with this name, as text; names are unique without regard to case.
inline std::string directory_user_name(Name identity_store, Name name) {
    return identity_kind(identity_store, "user-name") + lower(name);
}
// The id of the user that whoever provisions users knows by this id of its own, as text.
inline std::string directory_user_external_id(Name identity_store, Name external_id) {
    return identity_kind(identity_store, "user-external-id") + std::string(external_id);
}
inline std::string directory_credential(Name identity_store, Name user_id) {
    return identity_kind(identity_store, "credential") + lower(user_id);
}
inline std::string directory_groups(Name identity_store) {
    return identity_kind(identity_store, "group");
}
inline std::string directory_group(Name identity_store, Name id) {
    return item(directory_groups(identity_store), lower(id));
}
inline std::string directory_group_name(Name identity_store, Name name) {
    return identity_kind(identity_store, "group-name") + lower(name);
}
inline std::string directory_group_external_id(Name identity_store, Name external_id) {
    return identity_kind(identity_store, "group-external-id") + std::string(external_id);
}
inline std::string provisioning_tokens(Name identity_store) {
    return identity_kind(identity_store, "provisioning-token");
}
inline std::string provisioning_token(Name identity_store, Name id) {
    return item(provisioning_tokens(identity_store), id);
}
inline std::string memberships(Name identity_store) {
    return identity_kind(identity_store, "membership");
}
inline std::string membership(Name identity_store, Name id) {
    return item(memberships(identity_store), lower(id));
}
// The ids of the memberships of a group, by user, and of a user, by group.
inline std::string group_members(Name identity_store, Name group_id) {
    return identity_kind(identity_store, "member") + lower(group_id) + '/';
}
inline std::string user_groups(Name identity_store, Name user_id) {
    return identity_kind(identity_store, "user-group") + lower(user_id) + '/';
}
inline std::string permission_sets(Name identity_store) {
    return identity_kind(identity_store, "permission-set");
}
inline std::string permission_set(Name identity_store, Name id) {
    return item(permission_sets(identity_store), id);
}
// The id of the permission set with this name, as text.
inline std::string permission_set_name(Name identity_store, Name name) {
    return identity_kind(identity_store, "permission-set-name") + lower(name);
}
// Who has a permission set in an account: /identity-center/STORE/assignment/SET/ACCOUNT/KIND-ID
inline std::string all_assignments(Name identity_store) {
    return identity_kind(identity_store, "assignment");
}
inline std::string assignments_of_set(Name identity_store, Name permission_set_id) {
    return all_assignments(identity_store) + std::string(permission_set_id) + '/';
}
inline std::string assignments(Name identity_store, Name permission_set_id, Name account_id) {
    return assignments_of_set(identity_store, permission_set_id) + std::string(account_id) + '/';
}
// The same, by who has it: /identity-center/STORE/assigned/ID/ACCOUNT/SET
inline std::string assigned(Name identity_store, Name assignee) {
    return identity_kind(identity_store, "assigned") + lower(assignee) + '/';
}
// Where a permission set has a role: the account's id as text.
inline std::string provisioned_accounts(Name identity_store, Name permission_set_id) {
    return identity_kind(identity_store, "provisioned") + std::string(permission_set_id) + '/';
}
inline std::string identity_requests(Name identity_store) {
    return identity_kind(identity_store, "request");
}
inline std::string signin_methods(Name identity_store) {
    return identity_kind(identity_store, "signin-method");
}
inline std::string applications(Name identity_store) {
    return identity_kind(identity_store, "application");
}
inline std::string application(Name identity_store, Name id) {
    return item(applications(identity_store), id);
}
// Who has an application: /identity-center/STORE/application-assignment/APPLICATION/KIND-ID
inline std::string application_assignments(Name identity_store, Name application_id) {
    return identity_kind(identity_store, "application-assignment") + std::string(application_id) + '/';
}
// The same, by who has it: /identity-center/STORE/application-assigned/ID/APPLICATION
inline std::string applications_assigned(Name identity_store, Name assignee) {
    return identity_kind(identity_store, "application-assigned") + lower(assignee) + '/';
}
inline std::string trusted_token_issuers(Name identity_store) {
    return identity_kind(identity_store, "token-issuer");
}
inline std::string trusted_token_issuer(Name identity_store, Name id) {
    return item(trusted_token_issuers(identity_store), id);
}
// The id of the issuer with this URL, as text.
inline std::string trusted_token_issuer_url(Name identity_store, Name digest_of_url) {
    return identity_kind(identity_store, "token-issuer-url") + std::string(digest_of_url);
}
// A token that was exchanged, until it would have ended: /identity-center/STORE/exchanged/ENDS-DIGEST
inline std::string exchanged_tokens(Name identity_store) {
    return identity_kind(identity_store, "exchanged");
}
inline std::string exchanged_token(Name identity_store, Name ends, Name digest) {
    return exchanged_tokens(identity_store) + std::string(ends) + '-' + std::string(digest);
}
inline std::string sso_sessions(Name identity_store, Name user_id) {
    return identity_kind(identity_store, "session") + lower(user_id) + '/';
}

}  // namespace countersign::model::keys
