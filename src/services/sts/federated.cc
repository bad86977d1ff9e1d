#include "services/sts/federated.h"

#include <fmt/format.h>

#include "federation/errors.h"
#include "generated/sts.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/sts/issue.h"
#include "services/sts/role_session.h"

namespace countersign::sts {

namespace {

// The tags as parameters of AssumeRole.
formats::Parameters as_parameters(const federation::SessionContext& given) {
    formats::Parameters parameters{{"RoleArn", model::iam_arn("123456789012", "role/any")},
                                   {"RoleSessionName", "any"}};
    std::size_t number = 0;
    for (const auto& [key, value] : given.principal_tags) {
        const std::string tag = fmt::format("Tags.member.{}.", ++number);
        parameters.emplace_back(tag + "Key", key);
        parameters.emplace_back(tag + "Value", value);
    }
    number = 0;
    for (const std::string& key : given.transitive_tag_keys)
        parameters.emplace_back(fmt::format("TransitiveTagKeys.member.{}", ++number), key);
    return parameters;
}

}  // namespace

Result<void> take_context(const federation::SessionContext& given, access::Session& session) {
    const auto checked = api::ops::AssumeRole::read(gateway::QueryReader(as_parameters(given)));
    if (!checked || !take_tags(checked->Tags, session))
        return federation::invalid_token(
            "The session tags must match [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*, keys at most 128 and values at "
            "most "
            "256 characters, not begin with \"aws:\" and differ in more than case");
    session.transitive_tags = given.transitive_tag_keys;
    session.source_identity = given.source_identity;
    return {};
}

Result<void> keep_claimed(const Deps& deps, const Call& call, const std::string& role_arn,
                          const std::string& provider) {
    if (call.federated == nullptr) return {};
    const std::string account = account_in(role_arn);
    if (account.empty() || !TRY(deps.store.get(model::keys::account_record(account)))) return {};
    gateway::keep_federated(call, {account, provider, {}, {}, false});
    return {};
}

}  // namespace countersign::sts
