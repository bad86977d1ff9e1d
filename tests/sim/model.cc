#include "sim/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::sim {

namespace {

bool any(const Grants& grants, bool allow, const std::string& resource, const std::string& db_user) {
    return std::ranges::any_of(grants, [&](const auto& grant) {
        return grant.second.allow == allow && grant.second.speaks_of(resource, db_user);
    });
}

}  // namespace

std::string Grant::document() const {
    return fmt::format(
        R"({{"Version":"2012-10-17","Statement":{{"Effect":"{}","Action":"rds-db:connect","Resource":)"
        R"("arn:aws:rds-db:{}:{}:dbuser:{}/{}"}}}})",
        allow ? "Allow" : "Deny", region, account, resource_id, db_user);
}

bool Model::allows(const std::string& key_id, const std::string& resource_id,
                   const std::string& db_user) const {
    for (const auto& [name, user] : users) {
        const auto key = user.keys.find(key_id);
        if (key == user.keys.end()) continue;
        const Grants of_group = user.member ? group : Grants();
        const bool allowed =
            any(user.policies, true, resource_id, db_user) || any(of_group, true, resource_id, db_user);
        const bool denied =
            any(user.policies, false, resource_id, db_user) || any(of_group, false, resource_id, db_user);
        return key->second && allowed && !denied;
    }
    return false;
}

}  // namespace countersign::sim
