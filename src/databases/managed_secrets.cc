#include "databases/managed_secrets.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/scram.h"
#include "model/arn.h"
#include "model/keys.h"
#include "model/service_keys.h"

namespace countersign::databases {

using model::DatabaseStatus;

namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t password_letters = 28;  // RDS's
constexpr std::size_t suffix_letters = 6;     // Secrets Manager's
constexpr std::size_t versions_max = 3;       // pending, current and previous
constexpr std::string_view secret_resource = "secret:";

std::string key_of(const model::ManagedSecret& secret) {
    return model::keys::secret(secret.account, secret.region, secret.name);
}

model::Server& server_in(SecretOwner& owner) {
    return owner.cluster ? owner.cluster->record.server : *owner.instance->record.server;
}

bool is_settled(DatabaseStatus status, model::Wish wish) {
    return status == DatabaseStatus::available && wish == model::Wish::available;
}

}  // namespace

std::string sealed_verifier(const SecretTools& tools, const Secret& password,
                            const std::string& resource_id) {
    const Secret verifier(crypto::scram_verifier(password, tools.random));
    return tools.sealing.seal(verifier, resource_id, tools.random);
}

Secret random_password(crypto::Random& random) {
    return Secret(crypto::random_text(random, letters, password_letters));
}

std::string SecretPlace::key() const {
    return model::keys::secret(account, region, name);
}

SecretPlace new_secret_place(std::string_view kind, const std::string& account, const std::string& region,
                             crypto::Random& random) {
    SecretPlace place{account, region, fmt::format("rds!{}-{}", kind, crypto::random_uuid(random)), {}};
    place.arn = model::Arn{std::string(model::partition_of(region)), "secretsmanager", region, account,
                           fmt::format("{}{}-{}", secret_resource, place.name,
                                       crypto::random_text(random, letters, suffix_letters))}
                    .text();
    return place;
}

std::optional<SecretPlace> secret_place_of(std::string_view text) {
    const auto arn = model::parse_arn(text);
    if (!arn || arn->service != "secretsmanager" || !arn->resource.starts_with(secret_resource))
        return std::nullopt;
    const std::string_view rest = std::string_view(arn->resource).substr(secret_resource.size());
    const std::size_t end = rest.size() - std::min(rest.size(), suffix_letters + 1);
    if (end == 0 || rest[end] != '-') return std::nullopt;
    return SecretPlace{arn->account, arn->region, std::string(rest.substr(0, end)), std::string(text)};
}

std::string add_version(model::ManagedSecret& secret, const Secret& password, bool waits,
                        const SecretTools& tools, const std::string& wanted) {
    if (waits && !secret.versions.empty()) secret.versions.pop_back();
    std::string id = wanted.empty() ? crypto::random_uuid(tools.random) : wanted;
    secret.versions.push_back({id, tools.sealing.seal(password, key_of(secret), tools.random), tools.now});
    if (secret.versions.size() > versions_max) secret.versions.erase(secret.versions.begin());
    return id;
}

std::vector<StagedVersion> staged_versions(const model::ManagedSecret& secret, bool waits) {
    std::vector<std::string_view> stages;
    if (waits) stages.emplace_back("AWSPENDING");
    stages.emplace_back("AWSCURRENT");
    stages.emplace_back("AWSPREVIOUS");
    std::vector<StagedVersion> staged;
    for (std::size_t i = 0; i < secret.versions.size() && i < stages.size(); ++i)
        staged.push_back({&secret.versions[secret.versions.size() - 1 - i], stages[i]});
    return staged;
}

Result<Secret> password_of(const model::ManagedSecret& secret, const model::SecretVersion& version,
                           const crypto::SealingKey& sealing) {
    return sealing.open(version.sealed, key_of(secret));
}

const model::Server& SecretOwner::server() const {
    return cluster ? cluster->record.server : *instance->record.server;
}

bool SecretOwner::is_available() const {
    return cluster ? is_settled(cluster->record.status, cluster->record.wish)
                   : is_settled(instance->record.status, instance->record.wish);
}

bool SecretOwner::other_change_waits() const {
    const model::PendingChanges& pending = server().pending;
    return pending.iam_enabled.has_value() || !pending.engine_version.empty();
}

std::string SecretOwner::arn() const {
    const auto named = [](std::string_view kind, const auto& record) {
        return model::Arn{std::string(model::partition_of(record.region)), "rds", record.region,
                          record.account, fmt::format("{}:{}", kind, record.id)}
            .text();
    };
    return cluster ? named("cluster", cluster->record) : named("db", instance->record);
}

std::vector<model::Tag> SecretOwner::tags() const {
    const char* const database = cluster ? "aws:rds:primaryDBClusterArn" : "aws:rds:primaryDBInstanceArn";
    return {{"aws:secretsmanager:owningService", "rds"}, {database, arn()}};
}

Result<std::optional<SecretOwner>> owner_of(store::Store& store, const model::ManagedSecret& secret) {
    SecretOwner owner;
    for (auto& cluster : TRY(store::load_readable<model::DBCluster>(
             store, model::keys::clusters(secret.account, secret.region))))
        if (cluster.record.server.resource_id == secret.resource_id) owner.cluster = std::move(cluster);
    if (owner.cluster) return std::optional(std::move(owner));
    for (auto& instance : TRY(store::load_readable<model::DBInstance>(
             store, model::keys::instances(secret.account, secret.region))))
        if (instance.record.server && instance.record.server->resource_id == secret.resource_id)
            owner.instance = std::move(instance);
    if (owner.instance) return std::optional(std::move(owner));
    return std::optional<SecretOwner>();
}

store::Transaction rotation(SecretOwner owner, store::Stored<model::ManagedSecret> secret,
                            const SecretTools& tools, const std::string& version_id) {
    model::Server& server = server_in(owner);
    const Secret password = random_password(tools.random);
    add_version(secret.record, password, owner.password_waits(), tools, version_id);
    server.pending.master_verifier = sealed_verifier(tools, password, server.resource_id);
    server.pending.apply_now = true;
    store::Transaction change{{secret.unchanged()}, {store::put(secret.key, secret.record)}};
    const auto write = [&](auto& stored) {
        stored.record.status = DatabaseStatus::resetting_master_credentials;
        change.guards.push_back(stored.unchanged());
        change.writes.push_back(store::put(stored.key, stored.record));
    };
    if (owner.cluster)
        write(*owner.cluster);
    else
        write(*owner.instance);
    return change;
}

}  // namespace countersign::databases
