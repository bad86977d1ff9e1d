#include "services/admin/guardrails.h"

#include <fmt/format.h>

#include "model/keys.h"
#include "policy/policy.h"
#include "services/admin/accounts.h"
#include "store/records.h"

namespace countersign::admin {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;

namespace {

constexpr std::size_t guardrails_max = 50;  // of one account

using StoredGuardrail = store::Stored<model::Guardrail>;

// The account that a request is about: the caller's own where it names none.
Result<std::string> account_meant(const Deps& deps, const Call& call,
                                  const std::optional<std::string>& named) {
    TRY(check_manager(deps, call));
    const std::string& id = named ? *named : call.account();
    if (!TRY(deps.store.get(keys::account_record(id))))
        return Error{Fault::not_found, fmt::format("There is no account {}.", id), "NoSuchEntity"};
    return id;
}

Result<StoredGuardrail> find_guardrail(const Deps& deps, const std::string& account,
                                       const std::string& name) {
    auto stored = TRY(store::load<model::Guardrail>(deps.store, keys::guardrail(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("Account {} has no guardrail {}.", account, name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

}  // namespace

Result<Nothing> put_guardrail(const Deps& deps, const Call& call, const api::PutGuardrailRequest& input) {
    const std::string account = TRY(account_meant(deps, call, input.AccountId));
    TRY(policy::parse(*input.PolicyDocument));
    const std::string key = keys::guardrail(account, *input.GuardrailName);
    const auto known = TRY(deps.store.list(keys::guardrails(account), {}));
    if (known.entries.size() >= guardrails_max && !TRY(deps.store.get(key)))
        return Error{Fault::conflict,
                     fmt::format("Cannot exceed quota for GuardrailsPerAccount: {}", guardrails_max),
                     "LimitExceeded"};
    TRY(deps.store.commit(
        {{}, {store::put(key, model::Guardrail{*input.GuardrailName, *input.PolicyDocument, call.now})}}));
    return Nothing{};
}

Result<api::GetGuardrailResponse> get_guardrail(const Deps& deps, const Call& call,
                                                const api::GetGuardrailRequest& input) {
    const std::string account = TRY(account_meant(deps, call, input.AccountId));
    const StoredGuardrail stored = TRY(find_guardrail(deps, account, *input.GuardrailName));
    api::GetGuardrailResponse answer;
    answer.Guardrail.emplace();
    answer.Guardrail->GuardrailName = stored.record.name;
    answer.Guardrail->PolicyDocument = stored.record.document;
    answer.Guardrail->UpdateDate = stored.record.updated;
    return answer;
}

Result<api::ListGuardrailsResponse> list_guardrails(const Deps& deps, const Call& call,
                                                    const api::ListGuardrailsRequest& input) {
    const std::string account = TRY(account_meant(deps, call, input.AccountId));
    api::ListGuardrailsResponse answer;
    for (const auto& guardrail :
         TRY(store::load_all<model::Guardrail>(deps.store, keys::guardrails(account)))) {
        api::GuardrailMetadata& last = answer.Guardrails.emplace_back();
        last.GuardrailName = guardrail.record.name;
        last.UpdateDate = guardrail.record.updated;
    }
    return answer;
}

// The last one stays: without any, nothing would be allowed, and that should be said by a policy.
Result<Nothing> delete_guardrail(const Deps& deps, const Call& call,
                                 const api::DeleteGuardrailRequest& input) {
    const std::string account = TRY(account_meant(deps, call, input.AccountId));
    return store::retry_races([&]() -> Result<Nothing> {
        const StoredGuardrail stored = TRY(find_guardrail(deps, account, *input.GuardrailName));
        const auto all = TRY(store::load_all<model::Guardrail>(deps.store, keys::guardrails(account)));
        if (all.size() == 1)
            return Error{Fault::conflict,
                         "An account keeps at least one guardrail; put another before deleting the last.",
                         "InvalidInput"};
        store::Transaction change{{}, {store::erase(stored.key)}};
        for (const auto& guardrail : all) change.guards.push_back(guardrail.unchanged());
        TRY(deps.store.commit(change));
        return Nothing{};
    });
}

}  // namespace countersign::admin
