#include "sim/operations.h"

#include <algorithm>
#include <utility>

#include "model/keys.h"

namespace countersign::sim {

namespace {

const std::vector<std::string> user_names = {"ann", "bob", "cyd", "dan"};
const std::vector<std::string> policy_names = {"first", "second"};
const std::vector<std::string> database_names = {"one", "two", "three"};
const std::vector<std::string> db_users = {"app", "report"};
constexpr std::size_t keys_per_user_max = 2;

// The id of the access key that was written, where its answer was lost.
std::string written_key(const std::vector<store::Event>& written) {
    const std::string prefix = model::keys::access_keys();
    for (const store::Event& event : written)
        if (event.key.starts_with(prefix)) return event.key.substr(prefix.size());
    return {};
}

}  // namespace

std::string Operations::any_db_user() {
    return chance_.pick(db_users);
}

std::string Operations::any_user() {
    return chance_.pick(user_names);
}

Operation Operations::any() {
    switch (chance_.below(12)) {
        case 0:
        case 1:
            return of_users();
        case 2:
        case 3:
            return of_keys();
        case 4:
        case 5:
        case 6:
            return of_policies();
        case 7:
            return of_group();
        case 8:
        case 9:
            return of_managed_policies();
        default:
            return of_databases();
    }
}

Operation Operations::of_users() {
    const std::string name = any_user();
    switch (chance_.below(4)) {
        case 0:
            return delete_user(name);
        case 1: {
            const std::string to = chance_.pick(user_names);
            if (to != name) return rename_user(name, to);
            return create_user(name);
        }
        default:
            return create_user(name);
    }
}

Operation Operations::of_keys() {
    const std::string name = any_user();
    std::vector<std::string> ids = {"AKIANOBODYSKEYATALL2"};
    if (const auto user = model_.users.find(name); user != model_.users.end())
        for (const auto& [id, active] : user->second.keys) ids.push_back(id);
    const std::string id =
        ids.size() == 1 || chance_.one_in(20) ? ids[0] : ids[1 + chance_.below(ids.size() - 1)];
    switch (chance_.below(5)) {
        case 0:
            return delete_key(name, id);
        case 1:
        case 2:
            return update_key(name, id, !chance_.one_in(3));
        default:
            return create_key(name);
    }
}

Operation Operations::of_policies() {
    const std::string name = any_user();
    const std::string policy = chance_.pick(policy_names);
    return chance_.one_in(3) ? delete_policy(name, policy) : put_policy(name, policy);
}

Operation Operations::of_group() {
    const std::string name = any_user();
    const std::string policy = chance_.pick(policy_names);
    switch (chance_.below(5)) {
        case 0:
            return delete_group_policy(policy);
        case 1:
            return put_group_policy(policy);
        case 2:
            return leave_group(name);
        default:
            return join_group(name);
    }
}

Operation Operations::of_databases() {
    const std::string name = chance_.pick(database_names);
    switch (chance_.below(5)) {
        case 0:
            return delete_database(name);
        case 1:
        case 2:
            return modify_database(name, !chance_.one_in(3));
        default:
            return create_database(name);
    }
}

Grant Operations::any_grant() {
    std::vector<std::string> resources = {"*"};
    for (const auto& [name, database] : model_.databases) resources.push_back(database.resource_id);
    return Grant{!chance_.one_in(4), chance_.pick(resources), chance_.one_in(3) ? "*" : any_db_user()};
}

Operation Operations::create_user(const std::string& name) {
    return {"iam",
            "CreateUser",
            {{"UserName", name}},
            [this, name] { return !model_.users.contains(name); },
            [this, name](const Done&) { model_.users[name]; }};
}

Operation Operations::delete_user(const std::string& name) {
    const auto legal = [this, name] {
        const auto user = model_.users.find(name);
        return user != model_.users.end() && user->second.policies.empty() && user->second.keys.empty() &&
               user->second.attached.empty() && !user->second.member;
    };
    return {"iam", "DeleteUser", {{"UserName", name}}, legal, [this, name](const Done&) {
                model_.users.erase(name);
            }};
}

Operation Operations::rename_user(const std::string& from, const std::string& to) {
    return {"iam",
            "UpdateUser",
            {{"UserName", from}, {"NewUserName", to}},
            [this, from, to] { return model_.users.contains(from) && !model_.users.contains(to); },
            [this, from, to](const Done&) {
                User user = std::move(model_.users[from]);
                model_.users.erase(from);
                model_.users[to] = std::move(user);
            }};
}

Operation Operations::create_key(const std::string& name) {
    const auto legal = [this, name] {
        const auto user = model_.users.find(name);
        return user != model_.users.end() && user->second.keys.size() < keys_per_user_max;
    };
    const auto happen = [this, name](const Done& done) {
        const std::string id = written_key(done.written);
        model_.users[name].keys[id] = true;
        if (done.answer != nullptr)
            issued_.push_back({done.answer->text("//AccessKeyId"), done.answer->text("//SecretAccessKey")});
    };
    return {"iam", "CreateAccessKey", {{"UserName", name}}, legal, happen};
}

Operation Operations::update_key(const std::string& name, const std::string& id, bool active) {
    return {"iam",
            "UpdateAccessKey",
            {{"UserName", name}, {"AccessKeyId", id}, {"Status", active ? "Active" : "Inactive"}},
            [this, name, id] { return model_.users.contains(name) && model_.users[name].keys.contains(id); },
            [this, name, id, active](const Done&) { model_.users[name].keys[id] = active; }};
}

Operation Operations::delete_key(const std::string& name, const std::string& id) {
    return {"iam",
            "DeleteAccessKey",
            {{"UserName", name}, {"AccessKeyId", id}},
            [this, name, id] { return model_.users.contains(name) && model_.users[name].keys.contains(id); },
            [this, name, id](const Done&) { model_.users[name].keys.erase(id); }};
}

Operation Operations::put_policy(const std::string& name, const std::string& policy) {
    const Grant grant = any_grant();
    return {"iam",
            "PutUserPolicy",
            {{"UserName", name}, {"PolicyName", policy}, {"PolicyDocument", grant.document()}},
            [this, name] { return model_.users.contains(name); },
            [this, name, policy, grant](const Done&) { model_.users[name].policies[policy] = grant; }};
}

Operation Operations::delete_policy(const std::string& name, const std::string& policy) {
    return {"iam",
            "DeleteUserPolicy",
            {{"UserName", name}, {"PolicyName", policy}},
            [this, name, policy] {
                return model_.users.contains(name) && model_.users[name].policies.contains(policy);
            },
            [this, name, policy](const Done&) { model_.users[name].policies.erase(policy); }};
}

Operation Operations::put_group_policy(const std::string& policy) {
    const Grant grant = any_grant();
    return {"iam",
            "PutGroupPolicy",
            {{"GroupName", group_name}, {"PolicyName", policy}, {"PolicyDocument", grant.document()}},
            [] { return true; },
            [this, policy, grant](const Done&) { model_.group[policy] = grant; }};
}

Operation Operations::delete_group_policy(const std::string& policy) {
    return {"iam",
            "DeleteGroupPolicy",
            {{"GroupName", group_name}, {"PolicyName", policy}},
            [this, policy] { return model_.group.contains(policy); },
            [this, policy](const Done&) { model_.group.erase(policy); }};
}

Operation Operations::join_group(const std::string& name) {
    return {"iam",
            "AddUserToGroup",
            {{"GroupName", group_name}, {"UserName", name}},
            [this, name] { return model_.users.contains(name); },
            [this, name](const Done&) { model_.users[name].member = true; }};
}

Operation Operations::leave_group(const std::string& name) {
    return {"iam",
            "RemoveUserFromGroup",
            {{"GroupName", group_name}, {"UserName", name}},
            [this, name] { return model_.users.contains(name); },
            [this, name](const Done&) { model_.users[name].member = false; }};
}

Operation Operations::create_database(const std::string& name) {
    const bool iam = !chance_.one_in(3);
    Parameters parameters = {{"DBInstanceIdentifier", name},
                             {"Engine", "postgres"},
                             {"DBInstanceClass", "db.t4g.micro"},
                             {"AllocatedStorage", "20"},
                             {"MasterUsername", "postgres"},
                             {"MasterUserPassword", "correct-horse-9"},
                             {"EnableIAMDatabaseAuthentication", iam ? "true" : "false"}};
    return {"rds", "CreateDBInstance", std::move(parameters),
            [this, name] { return !world_.database(name).has_value(); },
            [this, name, iam](const Done&) {
                const auto record = world_.database(name);
                model_.databases[name] = {record ? record->resource_id : "", iam, false};
            }};
}

// What is legal of a database hangs on how far it has come, which the model does not know.
Operation Operations::modify_database(const std::string& name, bool iam) {
    return {"rds",
            "ModifyDBInstance",
            {{"DBInstanceIdentifier", name},
             {"EnableIAMDatabaseAuthentication", iam ? "true" : "false"},
             {"ApplyImmediately", "true"}},
            [this, name] {
                const auto record = world_.database(name);
                return record && record->wish == model::Wish::available &&
                       record->status == model::DatabaseStatus::available;
            },
            [this, name, iam](const Done&) { model_.databases[name].iam = iam; }};
}

Operation Operations::delete_database(const std::string& name) {
    return {"rds",
            "DeleteDBInstance",
            {{"DBInstanceIdentifier", name}, {"SkipFinalSnapshot", "true"}},
            [this, name] {
                const auto record = world_.database(name);
                return record && record->wish == model::Wish::available &&
                       record->status != model::DatabaseStatus::creating;
            },
            [this, name](const Done&) { model_.databases[name].deleted = true; }};
}

}  // namespace countersign::sim
