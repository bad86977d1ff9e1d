// What every way to temporary credentials shares: the limits on what goes into a session, and its sealing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "access/session.h"
#include "base/result.h"
#include "generated/sts.h"
#include "services/sts/service.h"

namespace countersign::sts {

// Session policies as asked for, into the session.
template <class Input>
void take_policies(const Input& input, access::Session& session) {
    session.policy = input.Policy.value_or("");
    if (!input.PolicyArns) return;
    for (const api::PolicyDescriptorType& given : *input.PolicyArns)
        session.policy_arns.push_back(given.arn.value_or(""));
}

// Tags as asked for, into the session. No key twice, however it is spelled.
Result<void> take_tags(const std::optional<std::vector<api::Tag>>& tags, access::Session& session);

// Whether the session's policies are right: the inline one well-formed, the others there. Puts down the ids
// of these, so that one that is made anew under a name is not taken for the one that was meant.
Result<void> check_session_policies(store::Store& store, access::Session& session);

// How much of the space for policies and tags the session takes, in percent; nothing when it has none.
// PackedPolicyTooLarge beyond 100.
Result<std::optional<std::int64_t>> packed_size(const access::Session& session);

// The condition keys that the session's tags bring to the request that asks for them.
void add_tag_keys(const access::Session& session, policy::Context& context);

// Names the session's access key, sets its end, and seals it.
api::Credentials issue(const Deps& deps, access::Session& session, Instant now,
                       std::chrono::seconds duration);

}  // namespace countersign::sts
