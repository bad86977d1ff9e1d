#include "access/reach.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "model/arn.h"
#include "model/iam.h"
#include "model/keys.h"
#include "policy/explain.h"
#include "store/records.h"

namespace countersign::access {

namespace {

bool may_apply(const policy::StatementTrail& statement) {
    switch (statement.outcome) {
        case policy::Outcome::applies:
        case policy::Outcome::condition_failed:
            return true;
        case policy::Outcome::resource_differs:
            return !statement.missing_keys.empty();
        case policy::Outcome::principal_differs:
        case policy::Outcome::action_differs:
            break;
    }
    return false;
}

bool denies_always(const policy::StatementTrail& statement) {
    return !statement.allows && statement.outcome == policy::Outcome::applies && statement.held.empty();
}

template <class Says>
bool has_statement(const policy::KindTrail& kind, Says says) {
    return std::ranges::any_of(kind.policies, [&](const policy::PolicyTrail& policy) {
        return std::ranges::any_of(policy.statements, says);
    });
}

bool could_be(const Principal& principal, const Database& database, const std::string& user, Instant now) {
    const std::string resource =
        model::dbuser_arn(database.region, database.account, database.resource_id, user);
    const policy::Explanation explanation = policy::explain(
        principal.policies, {principal.arn, principal.account, "rds-db:connect", resource, database.account,
                             principal_context(principal, now), principal.id});
    return std::ranges::all_of(explanation.kinds, [](const policy::KindTrail& kind) {
        const auto allows = [](const policy::StatementTrail& statement) {
            return statement.allows && may_apply(statement);
        };
        return has_statement(kind, allows) && !has_statement(kind, denies_always);
    });
}

template <class Noun>
Result<void> add_arns(store::Store& store, const std::string& list, std::string_view kind,
                      const std::string& account, std::vector<std::string>& arns) {
    const std::vector<store::Stored<Noun>> all = TRY(store::load_all<Noun>(store, list));
    for (const store::Stored<Noun>& stored : all)
        arns.push_back(model::iam_arn(account, std::string(kind) + stored.record.path + stored.record.name));
    return {};
}

}  // namespace

Result<std::vector<std::string>> users_out_of_reach(store::Store& store, Principals& principals,
                                                    const Database& database, std::vector<std::string> users,
                                                    Instant now) {
    std::vector<std::string> arns;
    const std::string& account = database.account;
    TRY(add_arns<model::User>(store, model::keys::users(account), "user", account, arns));
    TRY(add_arns<model::Role>(store, model::keys::roles(account), "role", account, arns));
    for (const std::string& arn : arns) {
        if (users.empty()) break;
        const PrincipalPointer principal = TRY(principals.named(arn));
        if (principal == nullptr) continue;  // gone meanwhile
        std::erase_if(users,
                      [&](const std::string& user) { return could_be(*principal, database, user, now); });
    }
    return users;
}

}  // namespace countersign::access
