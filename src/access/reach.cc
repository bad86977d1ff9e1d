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

bool could(const Principal& principal, const Reach& reach, Instant now) {
    const policy::Explanation explanation =
        policy::explain(principal.policies, {principal.arn, principal.account, reach.action, reach.resource,
                                             reach.account, principal_context(principal, now), principal.id});
    return std::ranges::all_of(explanation.kinds, [](const policy::KindTrail& kind) {
        const auto allows = [](const policy::StatementTrail& statement) {
            return statement.allows && may_apply(statement);
        };
        return has_statement(kind, allows) && !has_statement(kind, denies_always);
    });
}

// Nobody is one that is gone meanwhile.
Result<bool> could_be(Principals& principals, const std::string& arn, const Reach& reach, Instant now) {
    const PrincipalPointer principal = TRY(principals.named(arn));
    return principal != nullptr && could(*principal, reach, now);
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

Result<bool> could_anybody(store::Store& store, Principals& principals, const Reach& reach, Instant now) {
    std::vector<std::string> arns;
    TRY(add_arns<model::User>(store, model::keys::users(reach.account), "user", reach.account, arns));
    TRY(add_arns<model::Role>(store, model::keys::roles(reach.account), "role", reach.account, arns));
    for (const std::string& arn : arns) {
        const bool could = TRY(could_be(principals, arn, reach, now));
        if (could) return true;
    }
    return false;
}

std::vector<std::string> users_out_of_reach(store::Store& store, Principals& principals,
                                            const Database& database, const std::vector<std::string>& users,
                                            Instant now) {
    std::vector<std::string> found;
    for (const std::string& user : users) {
        const std::string resource =
            model::dbuser_arn(database.region, database.account, database.resource_id, user);
        const auto could =
            could_anybody(store, principals, {database.account, "rds-db:connect", resource}, now);
        if (could && !*could) found.push_back(user);
    }
    return found;
}

}  // namespace countersign::access
