#include "services/iam/trust_policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "access/unique_ids.h"
#include "formats/json.h"
#include "policy/draft.h"
#include "policy/glob.h"
#include "policy/policy.h"
#include "services/iam/entities.h"

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
    return access::with_ids(store, account, document);
}

}  // namespace countersign::iam
