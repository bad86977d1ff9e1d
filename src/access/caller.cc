#include "access/caller.h"

#include "base/text.h"

namespace countersign::access {

namespace {

std::string_view type_name(PrincipalType type) {
    switch (type) {
        case PrincipalType::root:
            return "Account";
        case PrincipalType::user:
            return "User";
        case PrincipalType::assumed_role:
            return "AssumedRole";
        case PrincipalType::federated_user:
            return "FederatedUser";
    }
    return "Anonymous";
}

}  // namespace

policy::Context principal_context(const Principal& principal) {
    policy::Context context;
    context["aws:principalarn"] = {principal.arn};
    context["aws:principalaccount"] = {principal.account};
    context["aws:principaltype"] = {std::string(type_name(principal.type))};
    context["aws:userid"] = {principal.id};
    if (!principal.user_name.empty()) context["aws:username"] = {principal.user_name};
    for (const model::Tag& tag : principal.tags) context["aws:principaltag/" + lower(tag.Key)] = {tag.Value};
    return context;
}

}  // namespace countersign::access
