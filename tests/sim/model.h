// Who has which right, as plain maps: what the simulation holds the real code against.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace countersign::sim {

inline constexpr const char* account = "123456789012";
inline constexpr const char* region = "eu-central-1";
inline constexpr const char* group_name = "team";

// A policy of one statement about rds-db:connect.
struct Grant {
    bool allow = false;
    std::string resource_id;  // or *
    std::string db_user;      // or *

    bool speaks_of(const std::string& resource, const std::string& user) const {
        return (resource_id == "*" || resource_id == resource) && (db_user == "*" || db_user == user);
    }
    std::string document() const;
};
using Grants = std::map<std::string, Grant>;  // by the name of the policy

// A managed policy with its versions, by number.
struct ManagedPolicy {
    std::map<int, Grant> versions;
    int made = 0;  // the number of the newest version ever made
    int in_force = 0;

    const Grant& grant() const { return versions.at(in_force); }
};

struct User {
    Grants policies;
    std::set<std::string> attached;    // managed policies
    std::string boundary;              // a managed policy; empty: none
    bool member = false;               // of the group
    std::map<std::string, bool> keys;  // id to whether it is active
};

struct Database {
    std::string resource_id;
    bool iam = false;  // as was asked for last
    bool deleted = false;
};

struct Model {
    std::map<std::string, User> users;
    Grants group;
    std::map<std::string, ManagedPolicy> managed;  // by name
    std::map<std::string, Database> databases;     // by identifier

    // Whether who signs with this key has the right to log in.
    bool allows(const std::string& key_id, const std::string& resource_id, const std::string& db_user) const;

    bool is_in_use(const std::string& managed_policy) const;
    // What speaks for or against a user: its own policies, those attached and those of its group.
    std::vector<Grant> grants_of(const User& user) const;
};

}  // namespace countersign::sim
