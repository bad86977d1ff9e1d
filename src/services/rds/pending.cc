#include "services/rds/pending.h"

namespace countersign::rds {

bool ask_for(model::Server& server, const AskedChanges& asked) {
    model::PendingChanges& pending = server.pending;
    if (asked.iam_enabled) pending.iam_enabled = asked.iam_enabled;
    if (pending.iam_enabled == server.iam_enabled) pending.iam_enabled.reset();
    if (!asked.master_verifier.empty()) pending.master_verifier = asked.master_verifier;
    const bool something = pending.iam_enabled.has_value() || !pending.master_verifier.empty();
    pending.apply_now = something && (asked.apply_immediately || pending.apply_now);
    return pending.apply_now;
}

model::DatabaseStatus status_while_changing(const model::PendingChanges& pending) {
    return pending.iam_enabled ? model::DatabaseStatus::configuring_iam_database_auth
                               : model::DatabaseStatus::resetting_master_credentials;
}

}  // namespace countersign::rds
