#include "iam/trust_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "iam/entities.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/draft.h"
#include "policy/glob.h"
#include "policy/policy.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

constexpr std::size_t trust_size_max = 2048;

// All that a trust policy can speak of. A wildcard must reach one of them.
constexpr std::array<std::string_view, 6> trust_actions = {
    "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext", "sts:SetSourceIdentity",  "sts:TagSession"};

bool is_trust_action(const std::string& action) {
    const policy::Pattern pattern(action, {.variables = false, .wildcards = true}, policy::Case::ignored);
    return std::ranges::any_of(trust_actions,
                               [&](std::string_view known) { return pattern.matches(known, {}); });
}

// Whether the record under the key has this very ARN, its path included.
template <class Record>
Result<bool> is_there(store::Store& store, const std::string& key, const model::Arn& arn,
                      std::string (*arn_of)(const std::string&, const Record&)) {
    const auto stored = TRY(store::load<Record>(store, key));
    return stored && arn_of(arn.account, stored->record) == arn.text();
}

Result<bool> exists_here(store::Store& store, const model::Arn& arn) {
    const std::string& what = arn.resource;
    const std::string name = what.substr(what.rfind('/') + 1);
    if (what.starts_with("user/")) return is_there(store, keys::user(arn.account, name), arn, user_arn);
    if (what.starts_with("role/")) return is_there(store, keys::role(arn.account, name), arn, role_arn);
    if (what.starts_with("assumed-role/")) {
        const std::vector<std::string_view> parts = split(what, '/');
        const auto role = TRY(store.get(keys::role(arn.account, parts.size() == 3 ? parts[1] : "")));
        return role.has_value();
    }
    return what == "root" || what.starts_with("federated-user/");
}

Result<bool> is_known(store::Store& store, const std::string& principal) {
    const auto arn = model::parse_arn(principal);
    if (!arn || (arn->service != "iam" && arn->service != "sts")) return true;
    const auto account = TRY(store.get(keys::account_record(arn->account)));
    if (!account) return true;
    return exists_here(store, *arn);
}

Result<void> check_principals(store::Store& store, const std::optional<policy::DraftPrincipals>& principals) {
    if (!principals) return {};
    for (const auto& [type, value] : *principals) {
        const bool known = type != "AWS" || TRY(is_known(store, value));
        if (!known)
            return Error{Fault::invalid, fmt::format("Invalid principal in policy: \"AWS\":\"{}\"", value),
                         "MalformedPolicyDocument"};
    }
    return {};
}

}  // namespace

Result<void> check_trust_policy(store::Store& store, const std::string& document) {
    TRY(policy::parse(document, policy::Form::resource));
    if (counted_size(document) > trust_size_max)
        return Error{Fault::conflict,
                     fmt::format("Cannot exceed quota for ACLSizePerRole: {}", trust_size_max),
                     "LimitExceeded"};
    const policy::Draft draft = TRY(policy::read_draft(document));
    for (const policy::DraftStatement& statement : draft.statements) {
        if (!statement.action || !std::ranges::all_of(*statement.action, is_trust_action))
            return policy::malformed("AssumeRole policy may only specify STS AssumeRole actions");
        TRY(check_principals(store, statement.principal));
        TRY(check_principals(store, statement.not_principal));
    }
    return {};
}

}  // namespace countersign::iam
