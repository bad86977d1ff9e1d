// Operations on the account: its alias and its password policy.
#include "services/iam/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/keys.h"
#include "services/iam/change.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

Result<store::Stored<model::Account>> find_account(store::Store& store, const std::string&,
                                                   const std::string& id) {
    auto stored = TRY(store::load<model::Account>(store, keys::account_record(id)));
    if (!stored) return Error{Fault::internal, "the caller's account has no record"};
    return *std::move(stored);
}

namespace {

// Sign-in takes an id or an alias, so an alias must not look like an id.
bool looks_like_id(const std::string& alias) {
    return alias.size() == 12 && std::ranges::all_of(alias, [](char c) { return c >= '0' && c <= '9'; });
}

// An account has one alias; a new one takes its place.
Result<Nothing> create_account_alias(const Deps& deps, const Call& call,
                                     const api::CreateAccountAliasRequest& input) {
    const std::string& alias = *input.AccountAlias;
    if (looks_like_id(alias))
        return Error{Fault::invalid, "The account alias must not be an account ID.", "ValidationError"};
    const std::string key = keys::account_alias(alias);
    const auto rename = [&](model::Account& account, store::Transaction& more) -> Result<void> {
        const auto taken = TRY(deps.store.get(key));
        if (taken)
            return Error{Fault::exists, fmt::format("The account alias {} already exists.", alias),
                         "EntityAlreadyExists"};
        if (!account.alias.empty()) more.writes.push_back(store::erase(keys::account_alias(account.alias)));
        more.guards.push_back(store::absent(key));
        more.writes.push_back(store::Write{key, call.account()});
        account.alias = alias;
        return {};
    };
    return change_record<find_account>(deps, call, call.account(), rename);
}

Result<Nothing> delete_account_alias(const Deps& deps, const Call& call,
                                     const api::DeleteAccountAliasRequest& input) {
    const auto clear = [&](model::Account& account, store::Transaction& more) -> Result<void> {
        if (account.alias != *input.AccountAlias)
            return Error{Fault::not_found,
                         fmt::format("The account alias {} cannot be found.", *input.AccountAlias),
                         "NoSuchEntity"};
        more.writes.push_back(store::erase(keys::account_alias(account.alias)));
        account.alias.clear();
        return {};
    };
    return change_record<find_account>(deps, call, call.account(), clear);
}

Result<api::ListAccountAliasesResponse> list_account_aliases(const Deps& deps, const Call& call,
                                                             const api::ListAccountAliasesRequest& input) {
    const auto stored = TRY(find_account(deps.store, call.account(), call.account()));
    std::vector<std::string> aliases;
    if (!stored.record.alias.empty()) aliases.push_back(stored.record.alias);
    const auto shown_page = TRY(page(
        std::move(aliases), [](const std::string& alias) { return alias; }, input.Marker, input.MaxItems));
    api::ListAccountAliasesResponse answer;
    answer.AccountAliases = shown_page.items;
    put_page(answer, shown_page);
    return answer;
}

// What is not given goes back to its default: an update is a whole new policy.
Result<Nothing> update_password_policy(const Deps& deps, const Call& call,
                                       const api::UpdateAccountPasswordPolicyRequest& input) {
    model::PasswordPolicy policy;
    policy.minimum_length = input.MinimumPasswordLength.value_or(policy.minimum_length);
    policy.symbols = input.RequireSymbols.value_or(false);
    policy.numbers = input.RequireNumbers.value_or(false);
    policy.uppercase = input.RequireUppercaseCharacters.value_or(false);
    policy.lowercase = input.RequireLowercaseCharacters.value_or(false);
    policy.change_by_users = input.AllowUsersToChangePassword.value_or(false);
    policy.age_max = input.MaxPasswordAge.value_or(0);
    policy.reuse_prevented = input.PasswordReusePrevention.value_or(0);
    policy.hard_expiry = input.HardExpiry.value_or(false);
    const auto replace = [&](model::Account& account, store::Transaction&) -> Result<void> {
        account.password_policy = policy;
        return {};
    };
    return change_record<find_account>(deps, call, call.account(), replace);
}

Result<api::GetAccountPasswordPolicyResponse> get_password_policy(const Deps& deps, const Call& call,
                                                                  const Nothing&) {
    const auto stored = TRY(find_account(deps.store, call.account(), call.account()));
    const auto& policy = stored.record.password_policy;
    if (!policy)
        return Error{Fault::not_found,
                     fmt::format("The Password Policy with domain name {} cannot be found.", call.account()),
                     "NoSuchEntity"};
    api::GetAccountPasswordPolicyResponse answer;
    api::PasswordPolicy& shown = answer.PasswordPolicy.emplace();
    shown.MinimumPasswordLength = policy->minimum_length;
    shown.RequireSymbols = policy->symbols;
    shown.RequireNumbers = policy->numbers;
    shown.RequireUppercaseCharacters = policy->uppercase;
    shown.RequireLowercaseCharacters = policy->lowercase;
    shown.AllowUsersToChangePassword = policy->change_by_users;
    shown.ExpirePasswords = policy->age_max > 0;
    if (policy->age_max > 0) shown.MaxPasswordAge = policy->age_max;
    if (policy->reuse_prevented > 0) shown.PasswordReusePrevention = policy->reuse_prevented;
    const bool expires = policy->age_max > 0 || policy->hard_expiry;
    if (expires) shown.HardExpiry = policy->hard_expiry;
    return answer;
}

Result<Nothing> delete_password_policy(const Deps& deps, const Call& call, const Nothing&) {
    const auto clear = [](model::Account& account, store::Transaction&) -> Result<void> {
        if (!account.password_policy)
            return Error{Fault::not_found, "The account policy with name PasswordPolicy cannot be found.",
                         "NoSuchEntity"};
        account.password_policy.reset();
        return {};
    };
    return change_record<find_account>(deps, call, call.account(), clear);
}

namespace ops = api::ops;

}  // namespace

Rows account_operations(const Deps& deps) {
    return {
        on_all_resources<ops::CreateAccountAlias>(deps, create_account_alias),
        on_all_resources<ops::DeleteAccountAlias>(deps, delete_account_alias),
        on_all_resources<ops::DeleteAccountPasswordPolicy>(deps, delete_password_policy),
        on_all_resources<ops::GetAccountPasswordPolicy>(deps, get_password_policy),
        on_all_resources<ops::ListAccountAliases>(deps, list_account_aliases),
        on_all_resources<ops::UpdateAccountPasswordPolicy>(deps, update_password_policy),
    };
}

}  // namespace countersign::iam
