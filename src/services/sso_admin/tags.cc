// Operations on the tags of instances, permission sets, applications and trusted token issuers.
#include "gateway/tags.h"
#include "services/sso_admin/applications.h"

namespace countersign::sso_admin {

namespace {

constexpr gateway::TagKeys keys_compared = gateway::TagKeys::case_sensitive;

// Calls `use` with the record of what the ARN names.
template <class Use>
Result<void> with_tagged(const Deps& deps, const Call& call, const std::string& arn, Use use) {
    const auto instance = TRY(instance_of(deps.store, call, identity_center::instance_arn_in(arn)));
    if (arn == identity_center::instance_arn(instance)) {
        const auto stored = TRY(identity_center::find_instance(deps.store, arn));
        return stored ? use(*stored) : not_found("The instance was deleted meanwhile");
    }
    const auto application = TRY(identity_center::find_application(deps.store, arn));
    if (application) return use(application->application);
    const auto issuer = TRY(identity_center::find_token_issuer(deps.store, instance, arn));
    if (issuer) return use(*issuer);
    const SetRecord set = TRY(set_of(deps.store, instance, arn));
    return use(set);
}

// Calls `apply` with the tags of what the ARN names; what it changes of them is kept.
template <class Apply>
Result<void> with_tags(const Deps& deps, const Call& call, const std::string& arn, Apply apply) {
    const auto change = [&](auto stored) -> Result<void> {
        TRY(apply(stored.record.tags));
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return {};
    };
    return store::retry_races([&] { return with_tagged(deps, call, arn, change); });
}

}  // namespace

Result<std::vector<model::Tag>> given_tags(const std::optional<std::vector<api::Tag>>& tags) {
    std::vector<model::Tag> given = gateway::tags_from_api(tags.value_or(std::vector<api::Tag>()));
    if (gateway::has_repeated_key(given, keys_compared)) return invalid("A tag key is given twice");
    for (const model::Tag& tag : given)
        if (gateway::is_reserved_tag_key(tag.Key))
            return invalid("Tag keys that begin with aws: are reserved");
    return given;
}

Result<api::TagResourceResponse> tag_resource(const Deps& deps, const Call& call,
                                              const api::TagResourceRequest& input) {
    const std::vector<model::Tag> given = TRY(given_tags(input.Tags));
    TRY(with_tags(deps, call, *input.ResourceArn, [&](std::vector<model::Tag>& tags) -> Result<void> {
        for (const model::Tag& tag : given) gateway::put_tag(tags, tag, keys_compared);
        if (tags.size() > gateway::tags_max)
            return Error{Fault::conflict, "At most 50 tags are kept", "ServiceQuotaExceededException"};
        return {};
    }));
    return api::TagResourceResponse{};
}

Result<api::UntagResourceResponse> untag_resource(const Deps& deps, const Call& call,
                                                  const api::UntagResourceRequest& input) {
    TRY(with_tags(deps, call, *input.ResourceArn, [&](std::vector<model::Tag>& tags) -> Result<void> {
        tags = gateway::without_tags(tags, *input.TagKeys, keys_compared);
        return {};
    }));
    return api::UntagResourceResponse{};
}

Result<api::ListTagsForResourceResponse> list_tags_for_resource(
    const Deps& deps, const Call& call, const api::ListTagsForResourceRequest& input) {
    api::ListTagsForResourceResponse answer;
    TRY(with_tagged(deps, call, *input.ResourceArn, [&](const auto& stored) -> Result<void> {
        answer.Tags = gateway::tags_to_api<api::Tag>(stored.record.tags);
        return {};
    }));
    return answer;
}

}  // namespace countersign::sso_admin
