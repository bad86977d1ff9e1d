#include "services/iam/trust_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "formats/json.h"
#include "model/arn.h"
#include "model/keys.h"
#include "policy/draft.h"
#include "policy/glob.h"
#include "policy/policy.h"
#include "policy/principals.h"
#include "policy/rename_principals.h"
#include "services/iam/entities.h"
#include "services/iam/unique_ids.h"

namespace countersign::iam {

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

Error invalid_principal(const std::string& principal) {
    return {Fault::invalid, fmt::format("Invalid principal in policy: \"AWS\":\"{}\"", principal),
            "MalformedPolicyDocument"};
}

// An id as it was given: of somebody in the role's own account, so that the id of a stranger shows no name.
Result<std::string> known_id(store::Store& store, const std::string& account, const std::string& id) {
    const auto arn = TRY(arn_of(store, id));
    const auto parsed = arn ? model::parse_arn(*arn) : std::nullopt;
    if (parsed && parsed->account == account) return id;
    return invalid_principal(id);
}

// How a principal is kept. Those of accounts that are not on this server stay as they are: nobody comes from
// there, and should there ever be such an account, its ARNs must be saved again to mean somebody.
Result<std::string> bound(store::Store& store, const std::string& account, const std::string& principal) {
    if (policy::is_unique_id(principal)) return known_id(store, account, principal);
    const auto arn = model::parse_arn(principal);
    if (!arn || arn->resource == "root" || arn->resource.starts_with("federated-user/")) return principal;
    const auto known = TRY(store.get(model::keys::account_record(arn->account)));
    if (!known) return principal;
    auto id = TRY(unique_id_of(store, principal));
    if (!id) return invalid_principal(principal);
    return *std::move(id);
}

}  // namespace

Result<std::string> bound_trust_policy(store::Store& store, const std::string& account,
                                       const std::string& document) {
    if (!formats::parse_json(document)) return policy::malformed("This policy contains invalid Json");
    TRY(policy::parse(document, policy::Form::resource));
    if (counted_size(document) > trust_size_max)
        return Error{Fault::conflict,
                     fmt::format("Cannot exceed quota for ACLSizePerRole: {}", trust_size_max),
                     "LimitExceeded"};
    const policy::Draft draft = TRY(policy::read_draft(document));
    for (const policy::DraftStatement& statement : draft.statements) {
        if (!statement.action || !std::ranges::all_of(*statement.action, is_trust_action))
            return policy::malformed("AssumeRole policy may only specify STS AssumeRole actions");
    }
    return policy::rename_principals(
        document, [&](const std::string& principal) { return bound(store, account, principal); });
}

}  // namespace countersign::iam
