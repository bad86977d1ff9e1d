#include "services/sso/role_credentials.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity_center/assignments.h"
#include "identity_center/directory.h"
#include "model/identity_center_keys.h"
#include "store/records.h"

namespace countersign::sso {

namespace ic = identity_center;
namespace keys = model::keys;

namespace {

Error no_access() {
    return Error{Fault::denied, "No access"};
}

// What STS takes as the name of a session, of what a person is called. A name that had to be changed for it
// ends with digits of the person's id, so that no two people have one.
std::string session_name_of(const std::string& user_name, const std::string& user_id) {
    constexpr std::size_t digits = 8;
    constexpr std::size_t length_min = 2;
    constexpr std::size_t length_max = 64;
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=,.@-";
    std::string name;
    for (const char c : user_name.substr(0, length_max))
        name += allowed.find(c) == std::string_view::npos ? '-' : c;
    name.resize(std::max(name.size(), length_min), '-');
    if (name == user_name) return name;
    name.resize(std::min(name.size(), length_max - digits - 1));
    return name + '-' + crypto::sha256_hex(user_id).substr(0, digits);
}

bool has(const std::vector<model::AccountAssignment>& assignments, const std::string& account,
         const std::string& permission_set) {
    return std::ranges::any_of(assignments, [&](const model::AccountAssignment& one) {
        return one.account == account && one.permission_set == permission_set;
    });
}

}  // namespace

Result<RoleCredentials> role_credentials(store::Store& store, const BeginRoleSession& begin,
                                         const ic::Person& person, const std::string& account,
                                         const std::string& permission_set, Instant now) {
    const std::string identity_store = ic::identity_store_of(person.user);
    const auto user = TRY(ic::find_user(store, identity_store, person.user));
    if (!user || !user->record.active) return no_access();
    const auto set = TRY(ic::find_permission_set_by_name(store, identity_store, permission_set));
    if (!set) return no_access();
    const auto assignments = TRY(ic::assignments_of_user(store, identity_store, person.user));
    if (!has(assignments, account, set->record.id)) return no_access();
    RoleSessionWanted wanted;
    wanted.account = account;
    wanted.role = ic::reserved_role_name(set->record, account);
    wanted.session_name = session_name_of(user->record.user_name, person.user);
    wanted.mfa_time = person.mfa_time;
    wanted.context = {{"identitystore:userid", {person.user}}};
    wanted.duration = std::chrono::seconds(set->record.session_seconds);
    return begin(wanted, now);
}

Result<std::vector<AccountRoles>> account_roles(store::Store& store, const std::string& user_id) {
    const std::string identity_store = ic::identity_store_of(user_id);
    std::vector<AccountRoles> all;
    const auto assignments = TRY(ic::assignments_of_user(store, identity_store, user_id));
    for (const auto& one : assignments) {
        const auto set = TRY(store::load<model::PermissionSet>(
            store, keys::permission_set(identity_store, one.permission_set)));
        if (!set) continue;  // deleted since
        if (all.empty() || all.back().account != one.account) {
            const auto account = TRY(store::load<model::Account>(store, keys::account_record(one.account)));
            all.push_back({one.account, account ? account->record.name : std::string(), {}});
        }
        all.back().roles.push_back(set->record.name);
    }
    for (AccountRoles& account : all) std::ranges::sort(account.roles);
    return all;
}

}  // namespace countersign::sso
