#include "services/rds/tags.h"

#include <fmt/format.h>

#include "services/rds/cluster_endpoints.h"
#include "services/rds/entities.h"
#include "services/rds/event_subscriptions.h"
#include "services/rds/filters.h"
#include "services/rds/snapshot_records.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;
using gateway::Nothing;

namespace {

// The kind of the resource that an ARN of this account and region names; empty for any other text.
std::string_view kind_of(const Call& call, const std::string& arn) {
    for (const std::string_view kind :
         {cluster_kind, instance_kind, subnet_group_kind, parameter_group_kind, cluster_parameter_group_kind,
          snapshot_kind, cluster_snapshot_kind, event_subscription_kind, cluster_endpoint_kind})
        if (arn.starts_with(arn_of(call, kind, ""))) return kind;
    return {};
}

// Finds the record that the ARN names and hands it, with its key and revision, to `use`, whatever its kind.
template <class Use>
Result<void> with_record(store::Store& store, const Call& call, const std::string& arn, Use use) {
    const std::string_view kind = kind_of(call, arn);
    if (kind == cluster_kind) {
        auto cluster = TRY(find_cluster(store, call, arn));
        return use(cluster);
    }
    if (kind == instance_kind) {
        auto instance = TRY(find_instance(store, call, arn));
        return use(instance);
    }
    if (kind == subnet_group_kind) {
        auto group = TRY(find_subnet_group(store, call, arn));
        return use(group);
    }
    if (kind == parameter_group_kind || kind == cluster_parameter_group_kind) {
        auto group = TRY(find_parameter_group(store, call, kind, arn));
        return use(group);
    }
    if (kind == snapshot_kind || kind == cluster_snapshot_kind) {
        auto snapshot = TRY(
            find_snapshot(store, call, kind == snapshot_kind ? instance_snapshots : cluster_snapshots, arn));
        return use(snapshot);
    }
    if (kind == cluster_endpoint_kind) {
        auto endpoint = TRY(find_cluster_endpoint(store, call, arn));
        return use(endpoint);
    }
    if (kind == event_subscription_kind) {
        auto subscription = TRY(find_subscription(store, call, arn));
        return use(subscription);
    }
    return invalid_value(fmt::format("Invalid resource name: {}", arn));
}

template <class Change>
Result<Nothing> try_to_change_tags(store::Store& store, const Call& call, const std::string& arn,
                                   Change change) {
    const auto change_one = [&](auto& stored) -> Result<void> {
        stored.record.tags = TRY(change(stored.record.tags));
        TRY(store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return {};
    };
    TRY(with_record(store, call, arn, change_one));
    return Nothing{};
}

template <class Change>
Result<Nothing> change_tags(store::Store& store, const Call& call, const std::string& arn, Change change) {
    return store::retry_races([&] { return try_to_change_tags(store, call, arn, change); });
}

}  // namespace

Result<Nothing> add_tags(const Deps& deps, const Call& call, const api::AddTagsToResourceMessage& input) {
    return change_tags(deps.store, call, *input.ResourceName,
                       [&](const std::vector<model::Tag>& tags) { return tagged(tags, *input.Tags); });
}

Result<api::TagListMessage> list_tags(const Deps& deps, const Call& call,
                                      const api::ListTagsForResourceMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    api::TagListMessage answer;
    const auto read_tags = [&](const auto& stored) -> Result<void> {
        answer.TagList = to_api(stored.record.tags);
        return {};
    };
    TRY(with_record(deps.store, call, *input.ResourceName, read_tags));
    return answer;
}

Result<Nothing> remove_tags(const Deps& deps, const Call& call,
                            const api::RemoveTagsFromResourceMessage& input) {
    return change_tags(deps.store, call, *input.ResourceName, [&](const std::vector<model::Tag>& tags) {
        return Result<std::vector<model::Tag>>(untagged(tags, *input.TagKeys));
    });
}

std::vector<std::string> tagged_resource(const Call& call, const std::string& arn) {
    const std::string_view kind = kind_of(call, arn);
    return kind.empty() ? std::vector{arn} : resource_of(call, kind, arn);
}

}  // namespace countersign::rds
