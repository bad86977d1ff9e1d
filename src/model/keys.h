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
enum class RdsKind { other, cluster, instance, pooler, subnet_group, snapshot, event };
// What lies at a key below /rds/: the last part but one names it. Of the form without accounts as well.
inline RdsKind rds_kind_of(Name key) {
    if (!key.starts_with(rds())) return RdsKind::other;
    const std::vector<std::string_view> parts = split(key, '/');
    const std::string_view kind = parts[parts.size() - 2];
    if (kind == "cluster") return RdsKind::cluster;
    if (kind == "instance") return RdsKind::instance;
    if (kind == "pooler") return RdsKind::pooler;
    if (kind == "subgrp") return RdsKind::subnet_group;
    if (kind == "snapshot" || kind == "cluster-snapshot") return RdsKind::snapshot;
    return kind == "event" ? RdsKind::event : RdsKind::other;
}
inline std::string clusters(Name account_id, Name region) {
    return rds_kind(account_id, region, "cluster");
}
inline std::string cluster(Name account_id, Name region, Name id) {
    return clusters(account_id, region) + lower(id);
}
inline std::string cluster_endpoints(Name account_id, Name region) {
    return rds_kind(account_id, region, "cluster-endpoint");
}
inline std::string cluster_endpoint(Name account_id, Name region, Name id) {
    return cluster_endpoints(account_id, region) + lower(id);
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
// Of instances of their own.
inline std::string snapshots(Name account_id, Name region) {
    return rds_kind(account_id, region, "snapshot");
}
inline std::string snapshot(Name account_id, Name region, Name id) {
    return snapshots(account_id, region) + lower(id);
}
inline std::string cluster_snapshots(Name account_id, Name region) {
    return rds_kind(account_id, region, "cluster-snapshot");
}
inline std::string cluster_snapshot(Name account_id, Name region, Name id) {
    return cluster_snapshots(account_id, region) + lower(id);
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
