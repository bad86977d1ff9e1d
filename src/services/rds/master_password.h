// The master user's password, given or managed: RDS keeps a managed one in Secrets Manager. Here a managed
// one is random and told to nobody. Source: RDS API Reference, CreateDBCluster and ModifyDBCluster.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "gateway/operation.h"
#include "model/rds.h"
#include "services/rds/service.h"
#include "services/rds/validation.h"

namespace countersign::rds {

struct AskedPassword {
    std::optional<std::string> given;
    std::optional<bool> managed;
    std::optional<bool> rotated;
    std::optional<std::string> secret_key;  // of the secret
    PasswordRule rule;
};

// Whose secret it is: kind is cluster or db.
struct SecretOwner {
    const gateway::Call& call;
    std::string_view kind;
};

// The password of a new master user. What is to be shown of a managed one is kept.
Result<Secret> first_password(const Deps& deps, const SecretOwner& owner, const AskedPassword& asked,
                              model::PassthroughAttributes& kept);

// Another password; none where it stays. What is kept of a managed one follows.
Result<std::optional<Secret>> next_password(const Deps& deps, const SecretOwner& owner,
                                            const AskedPassword& asked, model::PassthroughAttributes& kept);

}  // namespace countersign::rds
