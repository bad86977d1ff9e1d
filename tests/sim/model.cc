#include "sim/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::sim {

std::string Grant::document() const {
    return fmt::format(
        R"({{"Version":"2012-10-17","Statement":{{"Effect":"{}","Action":"rds-db:connect","Resource":)"
        R"("arn:aws:rds-db:{}:{}:dbuser:{}/{}"}}}})",
        allow ? "Allow" : "Deny", region, account, resource_id, db_user);
}

std::vector<Grant> Model::grants_of(const User& user) const {
    std::vector<Grant> grants;
    for (const auto& [name, grant] : user.policies) grants.push_back(grant);
    for (const std::string& name : user.attached) grants.push_back(managed.at(name).grant());
    if (user.member)
        for (const auto& [name, grant] : group) grants.push_back(grant);
    return grants;
}

bool Model::is_in_use(const std::string& managed_policy) const {
    return std::ranges::any_of(users, [&](const auto& user) {
        return user.second.attached.contains(managed_policy) || user.second.boundary == managed_policy;
    });
}

bool Model::allows(const std::string& key_id, const std::string& resource_id,
                   const std::string& db_user) const {
    for (const auto& [name, user] : users) {
        const auto key = user.keys.find(key_id);
        if (key == user.keys.end()) continue;
        bool allowed = false;
        bool denied = !key->second;
        for (const Grant& grant : grants_of(user)) {
            if (!grant.speaks_of(resource_id, db_user)) continue;
            (grant.allow ? allowed : denied) = true;
        }
        if (!user.boundary.empty()) {
            const Grant& boundary = managed.at(user.boundary).grant();
            denied = denied || !boundary.allow || !boundary.speaks_of(resource_id, db_user);
        }
        return allowed && !denied;
    }
    return false;
}

}  // namespace countersign::sim
