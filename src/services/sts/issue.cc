#include "services/sts/issue.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/tags.h"
#include "model/access_key_id.h"
#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "policy/draft.h"
#include "policy/policy.h"
#include "services/sts/operations.h"
#include "store/records.h"

namespace countersign::sts {

namespace {

constexpr std::size_t policy_characters_max = 2048;
constexpr std::size_t policy_arns_max = 10;
// Bytes of policies and tags in one session, and as many again of what an identity provider says. With them a
// token stays below the 16 KiB that are taken.
constexpr std::size_t packed_bytes_max = 4096;

Error invalid_session_parameter(std::string message) {
    return {Fault::invalid, std::move(message), "InvalidParameterValue"};
}

std::size_t characters_in(std::string_view utf8) {
    std::size_t count = 0;
    for (const char byte : utf8)
        if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) ++count;
    return count;
}

Result<void> check_context_size(const policy::Context& context) {
    std::size_t bytes = 0;
    for (const auto& [key, values] : context)
        for (const std::string& value : values) bytes += key.size() + value.size();
    if (bytes <= packed_bytes_max) return {};
    return Error{Fault::invalid, "What the identity provider says does not fit into a session.",
                 "PackedPolicyTooLarge"};
}

Result<std::string> policy_id(store::Store& store, const std::string& account, const std::string& arn_text) {
    if (const auto* of_aws = model::find_aws_managed_policy(arn_text)) return of_aws->id;
    const Error unknown =
        validation_error(fmt::format("Policy {} does not exist or is not attachable.", arn_text));
    const auto arn = model::parse_arn(arn_text);
    if (!arn || arn->service != "iam" || arn->account != account || !arn->resource.starts_with("policy/"))
        return unknown;
    const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
    const auto stored = TRY(store::load<model::ManagedPolicy>(store, model::keys::policy(account, name)));
    if (!stored || arn->resource != "policy" + stored->record.path + stored->record.name) return unknown;
    return stored->record.id;
}

// STS also takes the first version of the language, which is that of a document that names none.
Result<void> check_session_document(const std::string& document) {
    const policy::Draft draft = TRY(policy::read_draft(document));
    if (policy::knows_variables(draft))
        TRY(policy::parse(document));
    else
        TRY(policy::parse_lenient(document));
    return {};
}

}  // namespace

Result<void> take_tags(const std::optional<std::vector<api::Tag>>& tags, access::Session& session) {
    session.tags = gateway::tags_from_api(tags.value_or(std::vector<api::Tag>()));
    if (std::ranges::any_of(session.tags, gateway::is_reserved_tag_key, &model::Tag::Key))
        return invalid_session_parameter("Tag keys that begin with aws: are reserved for AWS use.");
    if (gateway::has_repeated_key(session.tags, gateway::TagKeys::case_insensitive))
        return invalid_session_parameter(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    return {};
}

Result<void> check_session_policies(store::Store& store, access::Session& session) {
    if (characters_in(session.policy) > policy_characters_max)
        return validation_error(
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have "
            "length less than or equal to 2048");
    if (!session.policy.empty()) TRY(check_session_document(session.policy));
    if (session.policy_arns.size() > policy_arns_max)
        return validation_error("At most 10 managed session policies can be given.");
    for (const std::string& arn : session.policy_arns)
        session.policy_ids.push_back(TRY(policy_id(store, session.account, arn)));
    return {};
}

Result<std::optional<std::int64_t>> packed_size(const access::Session& session) {
    TRY(check_context_size(session.context));
    if (session.tags.size() > gateway::tags_max)
        return validation_error("A session can have at most 50 tags.");
    std::size_t bytes = session.policy.size();
    for (const std::string& arn : session.policy_arns) bytes += arn.size();
    for (const model::Tag& tag : session.tags) bytes += tag.Key.size() + tag.Value.size();
    for (const std::string& key : session.transitive_tags) bytes += key.size();
    if (bytes == 0) return std::optional<std::int64_t>();
    const std::size_t percent = (bytes * 100 + packed_bytes_max - 1) / packed_bytes_max;
    if (percent <= 100) return std::optional(static_cast<std::int64_t>(percent));
    const std::string_view sentence =
        session.tags.empty() ? "Packed policy consumes {}% of allotted space, please use smaller policy."
                             : "Packed size of session tags consumes {}% of allotted space.";
    return Error{Fault::invalid, fmt::format(fmt::runtime(sentence), percent), "PackedPolicyTooLarge"};
}

void add_tag_keys(const access::Session& session, policy::Context& context) {
    gateway::put_request_tags(session.tags, context);
    if (!session.transitive_tags.empty()) context["sts:transitivetagkeys"] = session.transitive_tags;
}

api::Credentials issue(const Deps& deps, access::Session& session, Instant now,
                       std::chrono::seconds duration) {
    session.access_key_id = model::new_session_key_id(session.account, deps.random);
    session.issued = std::chrono::floor<std::chrono::seconds>(now);
    session.expires = session.issued + duration;
    const access::SealedSession sealed = access::seal_session(session, deps.sealing, deps.random);
    api::Credentials credentials;
    credentials.AccessKeyId = session.access_key_id;
    credentials.SecretAccessKey = std::string(sealed.secret_access_key.reveal());
    credentials.SessionToken = sealed.session_token;
    credentials.Expiration = session.expires;
    return credentials;
}

}  // namespace countersign::sts
