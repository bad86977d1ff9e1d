#include "services/rds/pending.h"

namespace countersign::rds {

namespace {

void ask_for_version(model::Server& server, const Upgrade& asked) {
    model::PendingChanges& pending = server.pending;
    const bool is_in_force = asked.engine_version == server.engine_version;
    pending.engine_version = is_in_force ? "" : asked.engine_version;
    pending.parameter_group = is_in_force ? "" : asked.parameter_group;
    pending.member_parameter_group = is_in_force ? "" : asked.member_parameter_group;
}

}  // namespace

std::optional<Upgrade> upgrade_asked_for(const model::Server& server, const std::optional<std::string>& given,
                                         const std::optional<databases::EngineVersion>& target,
                                         const GroupsOfUpgrade& groups) {
    if (target) return Upgrade{target->text(), groups.own, groups.members};
    if (given) return Upgrade{server.engine_version, {}, {}};
    return std::nullopt;
}

bool ask_for(model::Server& server, const AskedChanges& asked) {
    model::PendingChanges& pending = server.pending;
    if (asked.iam_enabled) pending.iam_enabled = asked.iam_enabled;
    if (pending.iam_enabled == server.iam_enabled) pending.iam_enabled.reset();
    if (!asked.master_verifier.empty()) pending.master_verifier = asked.master_verifier;
    if (asked.upgrade) ask_for_version(server, *asked.upgrade);
    const bool something = pending.iam_enabled.has_value() || !pending.master_verifier.empty() ||
                           !pending.engine_version.empty();
    pending.apply_now = something && (asked.apply_immediately || pending.apply_now);
    return pending.apply_now;
}

model::DatabaseStatus status_while_changing(const model::PendingChanges& pending) {
    if (!pending.engine_version.empty()) return model::DatabaseStatus::upgrading;
    return pending.iam_enabled ? model::DatabaseStatus::configuring_iam_database_auth
                               : model::DatabaseStatus::resetting_master_credentials;
}

}  // namespace countersign::rds
