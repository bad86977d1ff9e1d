// Secrets as the operations find them, with Secrets Manager's error texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/managed_secrets.h"
#include "gateway/operation.h"
#include "model/iam.h"
#include "model/managed_secret.h"
#include "services/secretsmanager/service.h"
#include "store/records.h"

namespace countersign::secretsmanager {

// A secret and its database.
struct FoundSecret {
    store::Stored<model::ManagedSecret> stored;
    databases::SecretOwner owner;

    const model::ManagedSecret& record() const { return stored.record; }
    std::vector<databases::StagedVersion> versions() const {
        return databases::staged_versions(stored.record, owner.password_waits());
    }
    std::string description() const;
};

// What a call is authorised on: the ARN of the secret, or what would be one if there were such a secret, with
// the condition keys of both. Source: Service Authorization Reference, "Actions, resources, and condition
// keys for AWS Secrets Manager".
struct Target {
    std::string arn;
    policy::Context facts = {};
    std::optional<FoundSecret> secret = {};  // none: there is no such secret
};
// By name, ARN, or ARN without its last six letters.
Result<Target> target_of(const Deps& deps, const gateway::Call& call, const std::string& given);

// Those of the call's account and region that can be read and whose database is there.
Result<std::vector<FoundSecret>> all_secrets(const Deps& deps, const gateway::Call& call);

Error invalid_parameter(std::string message);  // InvalidParameterException
Error invalid_request(std::string message);    // InvalidRequestException
Error secret_not_found();

}  // namespace countersign::secretsmanager
