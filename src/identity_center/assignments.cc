#include "identity_center/assignments.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>

#include "crypto/digest.h"
#include "identity_center/directory.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"
#include "model/ids.h"

namespace countersign::identity_center {

namespace keys = model::keys;

namespace {

constexpr std::int64_t session_seconds_max = 43'200;
constexpr std::size_t suffix_digits = 16;
// Everything that is inline is one document, as the permission set has it.
constexpr const char* inline_policy_name = "AwsSSOInlinePolicy";

std::string text_of(model::AssigneeKind kind) {
    return kind == model::AssigneeKind::USER ? "USER" : "GROUP";
}

// The ARN of a policy of the account, held against its deletion until the transaction is committed.
Result<std::string> policy_arn(store::Store& store, const std::string& account,
                               const model::PolicyReference& reference, store::Transaction& transaction) {
    const auto stored = TRY(store::load<model::ManagedPolicy>(store, keys::policy(account, reference.name)));
    if (!stored || stored->record.path != reference.path)
        return Error{Fault::not_found,
                     fmt::format("Account {} has no customer-managed policy {} with path {}", account,
                                 reference.name, reference.path)};
    transaction.guards.push_back(stored->unchanged());
    return model::iam_arn(account, "policy" + stored->record.path + stored->record.name);
}

Result<void> put_policies(store::Store& store, const std::string& account, const model::PermissionSet& set,
                          model::Role& role, store::Transaction& transaction) {
    role.attached_policies = set.managed_policies;
    for (const model::PolicyReference& reference : set.customer_policies)
        role.attached_policies.push_back(TRY(policy_arn(store, account, reference, transaction)));
    role.inline_policies.clear();
    if (!set.inline_policy.empty()) role.inline_policies[inline_policy_name] = set.inline_policy;
    role.permissions_boundary = set.boundary;
    if (set.customer_boundary)
        role.permissions_boundary = TRY(policy_arn(store, account, *set.customer_boundary, transaction));
    return {};
}

model::Role new_role(const std::string& name, Instant now, crypto::Random& random) {
    model::Role role;
    role.name = name;
    role.path = reserved_role_path;
    role.id = model::new_unique_id("AROA", random);
    role.created = now;
    return role;
}

// Whoever made a role of this path before it was reserved has no say in it any more.
void make_reserved(model::Role& role) {
    role.max_session_duration = session_seconds_max;
    role.linked_service = reserved_role_service;
    role.tags.clear();
    role.trust_policy = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",)"
                                    R"("Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
                                    reserved_role_service);
}

std::string provisioned_key(const Provision& one) {
    return keys::item(keys::provisioned_accounts(one.instance.identity_store, one.set.record.id),
                      one.account);
}

}  // namespace

bool is_reserved_path(std::string_view path) {
    return path.starts_with("/aws-reserved/");
}

std::string reserved_role_name(const model::PermissionSet& set, std::string_view account) {
    const std::string digits = crypto::sha256_hex(set.id + '/' + std::string(account));
    return "AWSReservedSSO_" + set.name + '_' + digits.substr(0, suffix_digits);
}

Result<void> provision(store::Store& store, const Provision& wanted, Instant now, crypto::Random& random) {
    const auto& [instance, set, account] = wanted;
    const std::string name = reserved_role_name(set.record, account);
    const std::string key = keys::role(account, name);
    const auto stored = TRY(store::load<model::Role>(store, key));
    model::Role role = stored ? stored->record : new_role(name, now, random);
    if (!is_reserved_path(role.path))
        return Error{Fault::conflict, fmt::format("Account {} has a role {} of its own", account, name)};
    store::Transaction transaction;
    transaction.guards = {set.unchanged(), stored ? stored->unchanged() : store::absent(key)};
    make_reserved(role);
    role.description = set.record.description;
    TRY(put_policies(store, account, set.record, role, transaction));
    transaction.writes = {
        store::put(key, role),
        store::put(set.key, set.record),
        store::put(keys::named_principal(role.id), model::NamedPrincipal{account, "", role.name}),
        {provisioned_key(wanted), account}};
    TRY(store.commit(transaction));
    return {};
}

Result<void> withdraw(store::Store& store, const Provision& present) {
    const auto& [instance, set, account] = present;
    const store::Page left = TRY(
        store.list(keys::assignments(instance.identity_store, set.record.id, account), store::ListOptions{}));
    if (!left.entries.empty()) return {};
    const std::string key = keys::role(account, reserved_role_name(set.record, account));
    const auto stored = TRY(store::load<model::Role>(store, key));
    store::Transaction transaction;
    transaction.guards.push_back(set.unchanged());
    transaction.writes = {store::put(set.key, set.record), store::erase(provisioned_key(present))};
    if (stored && is_reserved_path(stored->record.path)) {
        transaction.guards.push_back(stored->unchanged());
        transaction.writes.push_back(store::erase(key));
        transaction.writes.push_back(store::erase(keys::named_principal(stored->record.id)));
    }
    TRY(store.commit(transaction));
    return {};
}

Result<std::vector<std::string>> provisioned_to(store::Store& store, const std::string& identity_store,
                                                const std::string& permission_set_id) {
    const store::Page page =
        TRY(store::list_all(store, keys::provisioned_accounts(identity_store, permission_set_id)));
    std::vector<std::string> accounts;
    for (const store::Entry& entry : page.entries) accounts.push_back(entry.value);
    return accounts;
}

Result<std::vector<model::AccountAssignment>> assignments_of_assignee(store::Store& store,
                                                                      const std::string& identity_store,
                                                                      const std::string& assignee) {
    std::vector<model::AccountAssignment> all;
    auto stored_all =
        TRY(store::load_all<model::AccountAssignment>(store, keys::assigned(identity_store, assignee)));
    all.reserve(stored_all.size());
    for (auto& stored : stored_all) all.push_back(std::move(stored.record));
    return all;
}

Result<std::vector<model::AccountAssignment>> assignments_of_user(store::Store& store,
                                                                  const std::string& identity_store,
                                                                  const std::string& user_id) {
    const Assignees found = TRY(assignees_of(store, identity_store, user_id));
    std::vector<std::string> assignees = found.groups;
    assignees.insert(assignees.begin(), found.user);
    std::vector<model::AccountAssignment> all;
    for (const std::string& assignee : assignees) {
        auto its = TRY(assignments_of_assignee(store, identity_store, assignee));
        std::ranges::move(its, std::back_inserter(all));
    }
    const auto place = [](const model::AccountAssignment& one) {
        return std::pair(one.account, one.permission_set);
    };
    const auto same_place = [&](const auto& one, const auto& other) { return place(one) == place(other); };
    std::ranges::stable_sort(all, {}, place);
    all.erase(std::unique(all.begin(), all.end(), same_place), all.end());
    return all;
}

std::string assignment_key(const std::string& identity_store, const model::AccountAssignment& assignment) {
    return keys::item(keys::assignments(identity_store, assignment.permission_set, assignment.account),
                      text_of(assignment.kind) + '-' + assignment.assignee);
}

namespace {

std::string assigned_key(const std::string& identity_store, const model::AccountAssignment& assignment) {
    return keys::item(keys::assigned(identity_store, assignment.assignee),
                      assignment.account + '/' + assignment.permission_set);
}

}  // namespace

std::vector<store::Write> assigned(const std::string& identity_store,
                                   const model::AccountAssignment& wanted) {
    return {store::put(assignment_key(identity_store, wanted), wanted),
            store::put(assigned_key(identity_store, wanted), wanted)};
}

std::vector<store::Write> unassigned(const std::string& identity_store,
                                     const model::AccountAssignment& present) {
    return {store::erase(assignment_key(identity_store, present)),
            store::erase(assigned_key(identity_store, present))};
}

Result<std::optional<store::Stored<model::PermissionSet>>> find_permission_set_by_name(
    store::Store& store, const std::string& identity_store, const std::string& name) {
    const auto id = TRY(store.get(keys::permission_set_name(identity_store, name)));
    if (!id) return std::optional<store::Stored<model::PermissionSet>>();
    return store::load<model::PermissionSet>(store, keys::permission_set(identity_store, id->value));
}

}  // namespace countersign::identity_center
