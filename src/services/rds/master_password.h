// The master user's password, given or managed: a managed one is random, and lies in a secret of Secrets
// Manager. Source: RDS API Reference, CreateDBCluster and ModifyDBCluster; RDS User Guide, "Password
// management with Amazon RDS and AWS Secrets Manager".
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
#include "store/records.h"

namespace countersign::rds {

struct AskedPassword {
    std::optional<std::string> given;
    std::optional<bool> managed;
    std::optional<bool> rotated;
    std::optional<std::string> secret_key;  // of the secret
    PasswordRule rule;
    bool at_once = true;  // ApplyImmediately
    bool waits = false;   // what is asked would wait for the maintenance window
};

// Whose password it is: kind is cluster or db.
struct PasswordOwner {
    const gateway::Call& call;
    std::string_view kind;
    std::string resource_id;  // of the server
    bool waits = false;       // a password that was set before waits for the maintenance window
};

// Another password, and what is written of its secret with the database's record.
struct MasterPassword {
    std::optional<Secret> password;  // none: it stays
    store::Transaction secret;
};

// The password of a new master user. What is to be shown of a managed one is kept.
Result<MasterPassword> first_password(const Deps& deps, const PasswordOwner& owner,
                                      const AskedPassword& asked, model::PassthroughAttributes& kept);

// Another password; none where it stays. A caller needs the rights in
// Secrets Manager that AWS asks for.
Result<MasterPassword> next_password(const Deps& deps, const PasswordOwner& owner, const AskedPassword& asked,
                                     model::PassthroughAttributes& kept);

// The end of the secret of a database that is to be deleted, if it has one.
void end_secret(const model::PassthroughAttributes& kept, store::Transaction& deletion);

void add_to(store::Transaction& whole, store::Transaction part);

}  // namespace countersign::rds
