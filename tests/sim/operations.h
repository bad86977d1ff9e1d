// Calls of the API as a simulation makes them, each with what it means to the model.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/model.h"
#include "sim/world.h"
#include "store/store.h"

namespace countersign::sim {

// An access key as its owner got it. Those that were deleted since are among them.
struct IssuedKey {
    std::string id;
    std::string secret;
};

// What a call did: its answer, null where the call failed and its writes were made all the same; and the
// writes.
struct Done {
    const Answer* answer = nullptr;
    const std::vector<store::Event>& written;
};

struct Operation {
    std::string service;
    std::string action;
    Parameters parameters;
    std::function<bool()> legal;              // whether it must be done, were it asked for now
    std::function<void(const Done&)> happen;  // does it to the model
};

class Operations {
public:
    Operations(World& world, Model& model, Chance& chance) : world_(world), model_(model), chance_(chance) {}

    Operation any();
    const std::vector<IssuedKey>& issued() const { return issued_; }
    std::string any_db_user();

private:
    Operation of_users();
    Operation of_keys();
    Operation of_policies();
    Operation of_group();
    Operation of_managed_policies();
    Operation of_databases();
    Operation create_user(const std::string& name);
    Operation delete_user(const std::string& name);
    Operation rename_user(const std::string& from, const std::string& to);
    Operation create_key(const std::string& name);
    Operation update_key(const std::string& name, const std::string& id, bool active);
    Operation delete_key(const std::string& name, const std::string& id);
    Operation put_policy(const std::string& name, const std::string& policy);
    Operation delete_policy(const std::string& name, const std::string& policy);
    Operation put_group_policy(const std::string& policy);
    Operation delete_group_policy(const std::string& policy);
    Operation create_managed(const std::string& policy);
    Operation delete_managed(const std::string& policy);
    Operation add_version(const std::string& policy);
    Operation delete_version(const std::string& policy, int version);
    Operation choose_version(const std::string& policy, int version);
    Operation attach(const std::string& name, const std::string& policy);
    Operation detach(const std::string& name, const std::string& policy);
    Operation put_boundary(const std::string& name, const std::string& policy);
    Operation delete_boundary(const std::string& name);
    Operation join_group(const std::string& name);
    Operation leave_group(const std::string& name);
    Operation create_database(const std::string& name);
    Operation modify_database(const std::string& name, bool iam);
    Operation delete_database(const std::string& name);
    Grant any_grant();
    std::string any_user();

    World& world_;
    Model& model_;
    Chance& chance_;
    std::vector<IssuedKey> issued_;
};

}  // namespace countersign::sim
