// Operations on the tags of instances and permission sets.
#include "gateway/tags.h"
#include "model/arn.h"
#include "services/sso_admin/operations.h"

namespace countersign::sso_admin {

namespace {

constexpr gateway::TagKeys keys_compared = gateway::TagKeys::case_sensitive;

// The instance that an ARN of one of its permission sets lies in.
std::string instance_arn_in(const std::string& arn) {
    const auto parsed = model::parse_arn(arn);
    if (!parsed || !parsed->resource.starts_with("permissionSet/")) return arn;
    const std::size_t begin = parsed->resource.find('/') + 1;
    const std::string id = parsed->resource.substr(begin, parsed->resource.find('/', begin) - begin);
    return model::global_arn("sso", "", "instance/" + id);
}

// Calls `apply` with the tags of what the ARN names; what it changes of them is kept.
template <class Apply>
Result<void> with_tags(const Deps& deps, const Call& call, const std::string& arn, Apply apply) {
    return store::retry_races([&]() -> Result<void> {
        const auto instance = TRY(instance_of(deps.store, call, instance_arn_in(arn)));
        if (arn == identity_center::instance_arn(instance)) {
            auto stored = TRY(identity_center::find_instance(deps.store, arn));
            if (!stored) return not_found("The instance was deleted meanwhile");
            TRY(apply(stored->record.tags));
            TRY(deps.store.commit({{stored->unchanged()}, {store::put(stored->key, stored->record)}}));
            return {};
        }
        SetRecord set = TRY(set_of(deps.store, instance, arn));
        TRY(apply(set.record.tags));
        TRY(deps.store.commit({{set.unchanged()}, {store::put(set.key, set.record)}}));
        return {};
    });
}

}  // namespace

Result<api::TagResourceResponse> tag_resource(const Deps& deps, const Call& call,
                                              const api::TagResourceRequest& input) {
    const std::vector<model::Tag> given = gateway::tags_from_api(*input.Tags);
    if (gateway::has_repeated_key(given, keys_compared)) return invalid("A tag key is given twice");
    TRY(with_tags(deps, call, *input.ResourceArn, [&](std::vector<model::Tag>& tags) -> Result<void> {
        for (const model::Tag& tag : given) {
            if (gateway::is_reserved_tag_key(tag.Key))
                return invalid("Tag keys that begin with aws: are reserved");
            gateway::put_tag(tags, tag, keys_compared);
        }
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
    const std::string& arn = *input.ResourceArn;
    const auto instance = TRY(instance_of(deps.store, call, instance_arn_in(arn)));
    api::ListTagsForResourceResponse answer;
    answer.Tags = gateway::tags_to_api<api::Tag>(arn == identity_center::instance_arn(instance)
                                                     ? instance.tags
                                                     : TRY(set_of(deps.store, instance, arn)).record.tags);
    return answer;
}

}  // namespace countersign::sso_admin
