// What must lie in the store by the model.
#include <fmt/format.h>

#include <set>
#include <string>

#include "model/iam.h"
#include "model/keys.h"
#include "sim/simulation.h"
#include "store/records.h"

namespace countersign::sim {

namespace {

namespace keys = model::keys;
using namespace std::chrono_literals;

constexpr int rounds_to_settle = 40;

}  // namespace

// Every acknowledged change of a database is there at any moment.
void Simulation::check_databases() {
    for (const auto& [name, database] : model_.databases) {
        const std::optional<model::DBInstance> record = world_.database(name);
        if (database.deleted) {
            check(!record || record->wish == model::Wish::deleted, name + ": its deletion was lost");
            continue;
        }
        check(record && record->server, name + ": its record was lost");
        check(record->resource_id == database.resource_id, name + ": is another one");
        check(record->wish == model::Wish::available, name + ": is to be deleted, and nobody asked for it");
        const model::Server& server = *record->server;
        check(server.pending.iam_enabled.value_or(server.iam_enabled) == database.iam,
              name + ": a change of IAM authentication was lost");
    }
}

void Simulation::check_rights_of(const std::string& name, const User& user) {
    const auto stored = store::load<model::User>(*world_.store, keys::user(account, name));
    check(stored && *stored, name + ": the user was lost");
    const model::User& record = (*stored)->record;
    model::InlinePolicies policies;
    for (const auto& [policy, grant] : user.policies) policies[policy] = grant.document();
    check(record.name == name && record.inline_policies == policies, name + ": has other policies");
    const std::string managed = fmt::format("arn:aws:iam::{}:policy/", account);
    model::AttachedPolicies attached = record.attached_policies;
    for (std::string& arn : attached) arn.erase(0, managed.size());
    const std::set<std::string> names(attached.begin(), attached.end());
    check(names == user.attached && names.size() == attached.size(), name + ": has other managed policies");
    check(record.permissions_boundary == (user.boundary.empty() ? "" : managed + user.boundary),
          name + ": has another boundary");
    check(record.groups.size() == (user.member ? 1U : 0U), name + ": is in other groups");
    const auto listed = store::list_all(*world_.store, keys::user_keys(account, name));
    check(listed && listed->entries.size() == user.keys.size(), name + ": has other access keys");
    for (const auto& [id, active] : user.keys) {
        const auto key = store::load<model::AccessKey>(*world_.store, keys::access_key(id));
        check(key && *key && (*key)->record.user == name, id + ": the access key was lost");
        check(((*key)->record.status == model::KeyStatus::Active) == active, id + ": has another status");
    }
}

void Simulation::check_managed_policies() {
    const auto policies = store::load_all<model::ManagedPolicy>(*world_.store, keys::policies(account));
    check(policies && policies->size() == model_.managed.size(), "there are other managed policies");
    for (const auto& stored : *policies) {
        const model::ManagedPolicy& record = stored.record;
        check(model_.managed.contains(record.name), record.name + ": the managed policy was deleted");
        const ManagedPolicy& policy = model_.managed.at(record.name);
        check(record.default_version == fmt::format("v{}", policy.in_force),
              record.name + ": another version is in force");
        check(record.versions.size() == policy.versions.size(), record.name + ": has other versions");
        for (const model::PolicyVersion& version : record.versions) {
            const auto known = policy.versions.find(std::stoi(version.id.substr(1)));
            check(known != policy.versions.end() && known->second.document() == version.document,
                  record.name + ": has another version");
        }
    }
}

void Simulation::check_rights() {
    check_managed_policies();
    const auto users = store::load_all<model::User>(*world_.store, keys::users(account));
    check(users && users->size() == model_.users.size(), "there are other users");
    std::size_t members = 0;
    std::size_t keys_held = 1;  // the root user's
    for (const auto& [name, user] : model_.users) {
        check_rights_of(name, user);
        members += user.member ? 1 : 0;
        keys_held += user.keys.size();
    }
    const auto all_keys = store::list_all(*world_.store, keys::access_keys());
    check(all_keys && all_keys->entries.size() == keys_held, "there are other access keys");
    const auto group = store::load<model::Group>(*world_.store, keys::group(account, group_name));
    check(group && *group, "the group was lost");
    const auto listed = store::list_all(*world_.store, keys::members(account, (*group)->record.id));
    check(listed && listed->entries.size() == members, "the group has other members");
    model::InlinePolicies policies;
    for (const auto& [policy, grant] : model_.group) policies[policy] = grant.document();
    check((*group)->record.inline_policies == policies, "the group has other policies");
}

// Without faults all databases come to what is desired of them.
void Simulation::check_end() {
    trace_.emplace_back("the end");
    for (int round = 0; round < rounds_to_settle; ++round) {
        world_.clock.advance(5min);
        servers_.pass();
        reconcile(false);
    }
    std::size_t databases = 0;
    for (const auto& [name, database] : model_.databases) {
        const std::optional<model::DBInstance> record = world_.database(name);
        const databases::Observation state = world_.engine.state(database.resource_id);
        if (database.deleted) {
            check(!record, name + ": was never deleted");
            check(!state.process && !state.storage, name + ": is deleted, and something of it is left");
            continue;
        }
        ++databases;
        check(record && record->status == model::DatabaseStatus::available,
              name + ": never became available");
        check(record->server->iam_enabled == database.iam, name + ": IAM authentication is not as desired");
        check(state.process && state.storage && state.accounts, name + ": does not run");
    }
    const auto claims = store::list_all(*world_.store, keys::ports());
    check(claims && claims->entries.size() == databases, "a port is claimed by nobody, or by none");
    check_databases();
    check_rights();
    knock_everywhere();
}

}  // namespace countersign::sim
