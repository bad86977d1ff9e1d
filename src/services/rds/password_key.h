// The condition key rds:ManageMasterUserPassword: whether the password is managed once the call is done. A
// call that leaves it as it is brings what it is, so that a Deny of "false" keeps a database that is not
// managed from every other change, too. Source: RDS User Guide, "Enforcing RDS management of the master user
// password in AWS Secrets Manager".
#pragma once

#include <optional>
#include <utility>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "services/rds/service.h"

namespace countersign::rds {

// Nothing for a member of a cluster, whose password is the cluster's.
Result<std::optional<bool>> managed_after(const Deps& deps, const gateway::Call& call,
                                          const api::CreateDBInstanceMessage& input);
Result<std::optional<bool>> managed_after(const Deps& deps, const gateway::Call& call,
                                          const api::ModifyDBClusterMessage& input);
Result<std::optional<bool>> managed_after(const Deps& deps, const gateway::Call& call,
                                          const api::ModifyDBInstanceMessage& input);

// Any other makes a new database.
template <class Input>
Result<std::optional<bool>> managed_after(const Deps&, const gateway::Call&, const Input& input) {
    return std::optional(input.ManageMasterUserPassword.value_or(false));
}

// The row with that key to be authorised by.
template <class Op>
gateway::Operation with_password_key(const Deps& deps, gateway::Operation row) {
    row.run = [deps, run = std::move(row.run)](const gateway::Call& call, const gateway::QueryReader& reader,
                                               gateway::AnswerWriter& answer) -> Result<void> {
        const typename Op::Input input = TRY(Op::read(reader));
        gateway::Call enriched = call;
        if (const std::optional<bool> managed = TRY(managed_after(deps, call, input)))
            enriched.context["rds:managemasteruserpassword"] = {*managed ? "true" : "false"};
        return run(enriched, reader, answer);
    };
    return row;
}

}  // namespace countersign::rds
