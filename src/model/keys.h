// Where each record lies in the store: the one place that spells a key (held by tests/check_shape.py). IAM's
// names are unique without regard to case, so names in keys are lower-case.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/text.h"

namespace countersign::model::keys {

using Name = std::string_view;

inline const std::string account = "/account";      // the id of the account that was made first, as text
inline const std::string partition = "/partition";  // that everything lies in; none: aws
inline const std::string schema = "/layout";        // the number of the form that these keys have
inline constexpr std::string_view schema_now = "3";
inline const std::string bootstrap = "/foundation";     // what the first start made
inline const std::string sealed_with = "/sealed-with";  // which key seals what lies here

// Every key begins so.
inline std::string all() {
    return "/";
}
// The key of what has this id in a list of those below, such as ssh_public_keys().
inline std::string item(Name list, Name id) {
    return std::string(list) + std::string(id);
}
// Greater than every key of a list, and less than those of the next one.
inline std::string end_of(Name list) {
    return std::string(list) + '\xff';
}
// The key up to its last part: a change of a key is a change of the list that it is in.
inline std::string list_of(Name key) {
    return std::string(key.substr(0, key.rfind('/') + 1));
}

inline std::string accounts() {
    return "/accounts/";
}
inline std::string account_record(Name id) {
    return accounts() + std::string(id);
}
inline std::string account_alias(Name alias) {
    return "/account-alias/" + std::string(alias);
}

// Everything that decides what somebody may do lies below this.
inline std::string iam() {
    return "/iam/";
}
// Access keys are found by their id alone: /iam/key/AKIA…
inline std::string access_keys() {
    return "/iam/key/";
}
inline std::string access_key(Name id) {
    return access_keys() + std::string(id);
}
// When an access key or a role was last used; outside /iam/, since it decides nothing.
inline std::string last_uses() {
    return "/last-used/";
}
inline std::string last_used(Name id) {
    return last_uses() + std::string(id);
}

// One kind of IAM's nouns in an account: /iam/ACCOUNT/KIND/
inline std::string iam_kind(Name account_id, Name kind) {
    return "/iam/" + std::string(account_id) + '/' + std::string(kind) + '/';
}

inline std::string users(Name account_id) {
    return iam_kind(account_id, "user");
}
inline std::string user(Name account_id, Name name) {
    return users(account_id) + lower(name);
}
inline std::string user_keys(Name account_id, Name user_name) {
    return iam_kind(account_id, "user-key") + lower(user_name) + '/';
}
inline std::string user_key(Name account_id, Name user_name, Name id) {
    return user_keys(account_id, user_name) + std::string(id);
}
inline std::string groups(Name account_id) {
    return iam_kind(account_id, "group");
}
inline std::string group(Name account_id, Name name) {
    return groups(account_id) + lower(name);
}
// The name of the group with this id (AGPA…), so that users need not be written when a group is renamed.
inline std::string group_name(Name account_id, Name group_id) {
    return iam_kind(account_id, "group-id") + std::string(group_id);
}
inline std::string members(Name account_id, Name group_id) {
    return iam_kind(account_id, "member") + std::string(group_id) + '/';
}
inline std::string member(Name account_id, Name group_id, Name user_name) {
    return members(account_id, group_id) + lower(user_name);
}
inline std::string roles(Name account_id) {
    return iam_kind(account_id, "role");
}
inline std::string role(Name account_id, Name name) {
    return roles(account_id) + lower(name);
}
// Who has a unique id (AIDA…, AROA…): a model::NamedPrincipal. Outside /iam/, since it decides nothing.
inline std::string named_principal(Name unique_id) {
    return "/unique-id/" + std::string(unique_id);
}
inline std::string instance_profiles(Name account_id) {
    return iam_kind(account_id, "instance-profile");
}
inline std::string instance_profile(Name account_id, Name name) {
    return instance_profiles(account_id) + lower(name);
}
inline std::string policies(Name account_id) {
    return iam_kind(account_id, "policy");
}
inline std::string policy(Name account_id, Name name) {
    return policies(account_id) + lower(name);
}
inline std::string mfa_devices(Name account_id) {
    return iam_kind(account_id, "mfa");
}
inline std::string mfa_device(Name account_id, Name name) {
    return mfa_devices(account_id) + lower(name);
}
inline std::string server_certificates(Name account_id) {
    return iam_kind(account_id, "server-certificate");
}
inline std::string server_certificate(Name account_id, Name name) {
    return server_certificates(account_id) + lower(name);
}
// What the private key of a server certificate is sealed for; nothing lies there.
inline std::string server_certificate_key(Name account_id, Name certificate_id) {
    return iam_kind(account_id, "server-certificate-key") + std::string(certificate_id);
}
inline std::string ssh_public_keys(Name account_id, Name user_name) {
    return iam_kind(account_id, "ssh-key") + lower(user_name) + '/';
}
inline std::string signing_certificates(Name account_id, Name user_name) {
    return iam_kind(account_id, "signing-certificate") + lower(user_name) + '/';
}
// The id of the signing certificate with this SHA-256, whosever it is: each is there once in an account.
inline std::string signing_certificate_digest(Name account_id, Name digest) {
    return iam_kind(account_id, "signing-certificate-digest") + std::string(digest);
}
inline std::string all_service_credentials(Name account_id) {
    return iam_kind(account_id, "service-credential");
}
inline std::string service_credentials(Name account_id, Name user_name) {
    return all_service_credentials(account_id) + lower(user_name) + '/';
}
inline std::string oidc_providers(Name account_id) {
    return iam_kind(account_id, "oidc");
}
// `url` without its scheme.
inline std::string oidc_provider(Name account_id, Name url) {
    return oidc_providers(account_id) + std::string(url);
}
inline std::string saml_providers(Name account_id) {
    return iam_kind(account_id, "saml");
}
inline std::string saml_provider(Name account_id, Name name) {
    return saml_providers(account_id) + lower(name);
}
inline std::string guardrails(Name account_id) {
    return iam_kind(account_id, "guardrail");
}
inline std::string guardrail(Name account_id, Name name) {
    return guardrails(account_id) + lower(name);
}

inline std::string rds() {
    return "/rds/";
}
inline std::string rds_of(Name account_id) {
    return rds() + std::string(account_id) + '/';
}
// One kind of RDS's nouns in a region of an account: /rds/ACCOUNT/REGION/KIND/
inline std::string rds_kind(Name account_id, Name region, Name kind) {
    return "/rds/" + std::string(account_id) + '/' + std::string(region) + '/' + std::string(kind) + '/';
}
enum class RdsKind { other, cluster, instance, pooler, subnet_group, event };
// What lies at a key below /rds/: the last part but one names it. Of the form without accounts as well.
inline RdsKind rds_kind_of(Name key) {
    if (!key.starts_with(rds())) return RdsKind::other;
    const std::vector<std::string_view> parts = split(key, '/');
    const std::string_view kind = parts[parts.size() - 2];
    if (kind == "cluster") return RdsKind::cluster;
    if (kind == "instance") return RdsKind::instance;
    if (kind == "pooler") return RdsKind::pooler;
    if (kind == "subgrp") return RdsKind::subnet_group;
    return kind == "event" ? RdsKind::event : RdsKind::other;
}
inline std::string clusters(Name account_id, Name region) {
    return rds_kind(account_id, region, "cluster");
}
inline std::string cluster(Name account_id, Name region, Name id) {
    return clusters(account_id, region) + lower(id);
}
inline std::string instances(Name account_id, Name region) {
    return rds_kind(account_id, region, "instance");
}
inline std::string instance(Name account_id, Name region, Name id) {
    return instances(account_id, region) + lower(id);
}
inline std::string poolers(Name account_id, Name region) {
    return rds_kind(account_id, region, "pooler");
}
inline std::string pooler(Name account_id, Name region, Name id) {
    return poolers(account_id, region) + lower(id);
}
inline std::string subnet_groups(Name account_id, Name region) {
    return rds_kind(account_id, region, "subgrp");
}
inline std::string subnet_group(Name account_id, Name region, Name name) {
    return subnet_groups(account_id, region) + lower(name);
}
// DB parameter groups, of instances.
inline std::string parameter_groups(Name account_id, Name region) {
    return rds_kind(account_id, region, "pg");
}
inline std::string parameter_group(Name account_id, Name region, Name name) {
    return parameter_groups(account_id, region) + lower(name);
}
inline std::string cluster_parameter_groups(Name account_id, Name region) {
    return rds_kind(account_id, region, "cluster-pg");
}
inline std::string cluster_parameter_group(Name account_id, Name region, Name name) {
    return cluster_parameter_groups(account_id, region) + lower(name);
}
inline std::string events(Name account_id, Name region) {
    return rds_kind(account_id, region, "event");
}
// In a list of events they lie in the order of their times; `suffix` tells those of one time apart.
inline std::string event_in(Name list, Instant time, Name suffix = {}) {
    constexpr std::size_t digits = 13;
    const std::string number = std::to_string(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
    const std::string zeros(digits - std::min(digits, number.size()), '0');
    return item(list, zeros + number + '-' + std::string(suffix));
}
inline std::string event(Name account_id, Name region, Instant time, Name suffix = {}) {
    return event_in(events(account_id, region), time, suffix);
}
// Orders to end live sessions that every agent carries out.
inline std::string session_ends() {
    return "/session-end/";
}
inline std::string session_end(Name id) {
    return session_ends() + std::string(id);
}
// What a signed GetCallerIdentity request was taken for: none is taken twice.
inline std::string caller_identity_proofs() {
    return "/caller-identity-proof/";
}
// In the order of the dates they were signed at, as X-Amz-Date has them.
inline std::string caller_identity_proof(Name date, Name digest) {
    return caller_identity_proofs() + std::string(date) + '-' + std::string(digest);
}
inline std::string ports() {
    return "/port/";
}
inline std::string port(std::uint16_t number) {
    return ports() + std::to_string(number);
}
// Of a server that listens at a host of its own alone.
inline std::string port(std::uint16_t number, Name own_host) {
    return port(number) + '@' + lower(own_host);
}
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

inline std::string enrolment_tokens() {
    return "/fleet/token/";
}
inline std::string enrolment_token(Name digest) {
    return enrolment_tokens() + std::string(digest);
}
inline std::string fleet_agents() {
    return "/fleet/agent/";
}
inline std::string fleet_agent(Name name) {
    return fleet_agents() + std::string(name);
}
inline std::string fleet_contact(Name name) {
    return "/fleet/contact/" + std::string(name);
}
// Stands for all records of the servers that an agent answers for; nothing lies there.
inline std::string fleet_servers(Name agent) {
    return "/fleet/servers/" + std::string(agent);
}

}  // namespace countersign::model::keys
