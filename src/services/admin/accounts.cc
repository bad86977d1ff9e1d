#include "services/admin/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "model/ids.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::size_t accounts_max = 10'000;

api::Account to_api(const Call& call, const model::Account& account) {
    api::Account answer;
    answer.Id = account.id;
    answer.Name = account.name;
    answer.Arn = model::global_arn("countersign", call.account(), "account/" + account.id);
    answer.CreateDate = account.created;
    return answer;
}

Error exists(std::string_view what) {
    return Error{Fault::exists, fmt::format("An account with the {} already exists.", what),
                 "EntityAlreadyExists"};
}

Result<model::Account> new_account(const Deps& deps, const Call& call,
                                   const api::CreateAccountRequest& input) {
    const auto known = TRY(store::load_all<model::Account>(deps.store, keys::accounts()));
    if (known.size() >= accounts_max)
        return Error{Fault::conflict, fmt::format("Cannot exceed quota for Accounts: {}", accounts_max),
                     "LimitExceeded"};
    const bool taken = std::ranges::any_of(
        known, [&](const auto& account) { return account.record.name == *input.AccountName; });
    if (taken) return exists("name " + *input.AccountName);
    model::Account account;
    account.id = input.AccountId ? *input.AccountId : crypto::random_text(deps.random, "123456789", 12);
    account.name = *input.AccountName;
    account.created = call.now;
    return account;
}

}  // namespace

Result<bool> is_manager(const Deps& deps, const Call& call) {
    const auto first = TRY(deps.store.get(keys::account));
    return first && first->value == call.account();
}

Result<void> check_manager(const Deps& deps, const Call& call) {
    if (TRY(is_manager(deps, call))) return {};
    return Error{Fault::denied,
                 "Accounts and guardrails are managed from the account that the server began with.",
                 "AccessDenied"};
}

Result<api::CreateAccountResponse> create_account(const Deps& deps, const Call& call,
                                                  const api::CreateAccountRequest& input) {
    TRY(check_manager(deps, call));
    const model::Account account = TRY(new_account(deps, call, input));
    const Secret secret = model::new_secret_access_key(deps.random);
    model::AccessKey key;
    key.id = model::new_access_key_id(deps.random);
    key.account = account.id;
    key.status = model::KeyStatus::Active;
    key.created = call.now;
    const std::string place = keys::access_key(key.id);
    key.sealed_secret = deps.sealing.seal(secret, place, deps.random);
    const std::string record = keys::account_record(account.id);
    const auto written =
        deps.store.commit({{store::absent(record), store::absent(place)},
                           {store::put(record, account), store::put(place, key),
                            store::Write{keys::user_key(account.id, "", key.id), key.id},
                            store::put(keys::guardrail(account.id, model::full_aws_access_name),
                                       model::unrestricted(call.now))}});
    if (!written && written.error().code == store::lost_race) return exists("id " + account.id);
    if (!written) return written.error();
    api::CreateAccountResponse answer;
    answer.Account = to_api(call, account);
    answer.AccessKey.emplace();
    answer.AccessKey->AccessKeyId = key.id;
    answer.AccessKey->SecretAccessKey = std::string(secret.reveal());
    return answer;
}

Result<api::ListAccountsResponse> list_accounts(const Deps& deps, const Call& call, const gateway::Nothing&) {
    TRY(check_manager(deps, call));
    api::ListAccountsResponse answer;
    for (const auto& account : TRY(store::load_all<model::Account>(deps.store, keys::accounts())))
        answer.Accounts.push_back(to_api(call, account.record));
    return answer;
}

}  // namespace countersign::admin
