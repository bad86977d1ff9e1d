#include "identity_center/applications.h"

#include <algorithm>

#include "base/text.h"
#include "identity_center/directory.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

// KIND/INSTANCE/ID
constexpr std::size_t resource_parts = 3;

std::string arn_within(const model::IdentityCenter& instance, std::string_view kind, std::string_view id) {
    return model::global_arn("sso", instance.account,
                             std::string(kind) + '/' + instance.id + '/' + std::string(id));
}

// What the part of an ARN behind its last slash names, where the whole of it is the ARN of that.
std::string last_part(const std::string& arn) {
    return arn.substr(arn.rfind('/') + 1);
}

bool names_a_key(const std::string& id) {
    constexpr std::size_t id_bytes_max = 64;
    return !id.empty() && id.size() <= id_bytes_max;
}

}  // namespace

std::string instance_arn_in(const std::string& arn) {
    const auto parsed = model::parse_arn(arn);
    if (!parsed) return arn;
    const std::vector<std::string_view> parts = split(parsed->resource, '/');
    return parts.size() == resource_parts ? model::global_arn("sso", "", "instance/" + std::string(parts[1]))
                                          : arn;
}

std::string application_arn(const model::IdentityCenter& instance, std::string_view application_id) {
    return arn_within(instance, "application", application_id);
}

std::string token_issuer_arn(const model::IdentityCenter& instance, std::string_view issuer_id) {
    return arn_within(instance, "trustedTokenIssuer", issuer_id);
}

Result<std::optional<FoundApplication>> find_application(store::Store& store, const std::string& arn) {
    using Found = std::optional<FoundApplication>;
    auto instance = TRY(find_instance(store, instance_arn_in(arn)));
    const std::string id = last_part(arn);
    if (!instance || !names_a_key(id) || application_arn(instance->record, id) != arn) return Found();
    auto stored =
        TRY(store::load<model::Application>(store, keys::application(instance->record.identity_store, id)));
    if (!stored) return Found();
    return Found({std::move(instance->record), *std::move(stored)});
}

bool has_grant(const model::Application& application, std::string_view grant_type) {
    return std::ranges::find(application.grant_types, grant_type) != application.grant_types.end();
}

Result<bool> may_use_application(store::Store& store, const std::string& identity_store,
                                 const model::Application& application, const std::string& user_id) {
    if (!application.enabled) return false;
    if (!application.assignment_required) return true;
    const Assignees assignees = TRY(assignees_of(store, identity_store, user_id));
    std::vector<model::ApplicationAssignment> wanted{
        {application.id, model::AssigneeKind::USER, assignees.user}};
    for (const std::string& group : assignees.groups)
        wanted.push_back({application.id, model::AssigneeKind::GROUP, group});
    for (const model::ApplicationAssignment& one : wanted) {
        const auto there = TRY(store.get(assignment_key(identity_store, one)));
        if (there) return true;
    }
    return false;
}

Result<std::vector<model::ApplicationAssignment>> applications_of_assignee(store::Store& store,
                                                                           const std::string& identity_store,
                                                                           const std::string& assignee) {
    auto stored = TRY(store::load_all<model::ApplicationAssignment>(
        store, keys::applications_assigned(identity_store, assignee)));
    std::vector<model::ApplicationAssignment> all;
    all.reserve(stored.size());
    for (auto& one : stored) all.push_back(std::move(one.record));
    return all;
}

std::string assignment_key(const std::string& identity_store,
                           const model::ApplicationAssignment& assignment) {
    const std::string_view kind = assignment.kind == model::AssigneeKind::GROUP ? "GROUP-" : "USER-";
    return keys::item(keys::application_assignments(identity_store, assignment.application),
                      std::string(kind) + lower(assignment.assignee));
}

namespace {

std::string application_assigned_key(const std::string& identity_store,
                                     const model::ApplicationAssignment& assignment) {
    return keys::item(keys::applications_assigned(identity_store, assignment.assignee),
                      assignment.application);
}

}  // namespace

std::vector<store::Write> assigned(const std::string& identity_store,
                                   const model::ApplicationAssignment& wanted) {
    return {store::put(assignment_key(identity_store, wanted), wanted),
            store::put(application_assigned_key(identity_store, wanted), wanted)};
}

std::vector<store::Write> unassigned(const std::string& identity_store,
                                     const model::ApplicationAssignment& present) {
    return {store::erase(assignment_key(identity_store, present)),
            store::erase(application_assigned_key(identity_store, present))};
}

Result<std::optional<TokenIssuer>> find_token_issuer(store::Store& store,
                                                     const model::IdentityCenter& instance,
                                                     const std::string& arn) {
    const std::string id = last_part(arn);
    if (!names_a_key(id) || token_issuer_arn(instance, id) != arn) return std::optional<TokenIssuer>();
    return store::load<model::TrustedTokenIssuer>(store,
                                                  keys::trusted_token_issuer(instance.identity_store, id));
}

}  // namespace countersign::identity_center
