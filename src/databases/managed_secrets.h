// The passwords of master users that RDS manages: each lies in a secret of Secrets Manager, sealed. RDS makes
// and ends the secrets, Secrets Manager reads and rotates them. Source: RDS User Guide, "Password management
// with Amazon RDS and AWS Secrets Manager".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "model/managed_secret.h"
#include "model/rds.h"
#include "store/records.h"

namespace countersign::databases {

// What a password is sealed with, and when.
struct SecretTools {
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    Instant now;
};

// The SCRAM verifier of a password, sealed for the server.
std::string sealed_verifier(const SecretTools& tools, const Secret& password, const std::string& resource_id);

Secret random_password(crypto::Random& random);

// A secret's place: a new one, or that of an ARN. `kind`: cluster | db.
struct SecretPlace {
    std::string account;
    std::string region;
    std::string name;
    std::string arn;

    std::string key() const;
};
SecretPlace new_secret_place(std::string_view kind, const std::string& account, const std::string& region,
                             crypto::Random& random);
// Nothing for what is no ARN of a secret with Secrets Manager's six letters.
std::optional<SecretPlace> secret_place_of(std::string_view arn);

// Adds a version to the secret. `waits`: the last one never came into force, and its place is taken. The id
// of the new version: `wanted`, or a random one.
std::string add_version(model::ManagedSecret& secret, const Secret& password, bool waits,
                        const SecretTools& tools, const std::string& wanted = {});

// The versions with their staging labels, the newest first. `waits`: whether a password waits in the record
// of the database. Pure.
struct StagedVersion {
    const model::SecretVersion* version = nullptr;
    std::string_view stage;  // AWSCURRENT | AWSPENDING | AWSPREVIOUS
};
std::vector<StagedVersion> staged_versions(const model::ManagedSecret& secret, bool waits);

Result<Secret> password_of(const model::ManagedSecret& secret, const model::SecretVersion& version,
                           const crypto::SealingKey& sealing);

// The database that a secret belongs to: its record is one of the two.
struct SecretOwner {
    std::optional<store::Stored<model::DBCluster>> cluster;
    std::optional<store::Stored<model::DBInstance>> instance;

    const model::Server& server() const;
    bool password_waits() const { return !server().pending.master_verifier.empty(); }
    bool is_available() const;
    // A change of another kind waits for the maintenance window.
    bool other_change_waits() const;
    std::string arn() const;
    std::vector<model::Tag> tags() const;  // RDS's own, of the secret
};
// Nothing when its database is gone. Records that cannot be read are passed over, so that they hide no
// other's.
Result<std::optional<SecretOwner>> owner_of(store::Store& store, const model::ManagedSecret& secret);

// Gives the master user of an available database, for which nothing else waits, another password, at once:
// the record and the secret in one transaction.
store::Transaction rotation(SecretOwner owner, store::Stored<model::ManagedSecret> secret,
                            const SecretTools& tools, const std::string& version_id);

}  // namespace countersign::databases
