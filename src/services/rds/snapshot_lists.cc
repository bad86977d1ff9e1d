// Lists of snapshots, and with whom they are shared.
#include <fmt/format.h>

#include <algorithm>

#include "model/keys.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/snapshots.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::size_t shared_max = 20;  // RDS's quota of accounts that one is shared with
constexpr std::size_t account_digits = 12;
constexpr const char* restore_attribute = "restore";

// What a list is asked for, whatever it is a list of.
struct Asked {
    std::optional<std::string> source;
    std::optional<std::string> id;
    std::optional<std::string> type;
    std::optional<std::string> resource_id;  // of the database
    bool shared = false;
    bool is_public = false;
};

bool is_one_of(const std::vector<std::string>& all, std::string_view one) {
    return std::ranges::count(all, one) > 0;
}

Result<void> check_type(const std::optional<std::string>& type) {
    constexpr std::array types = {"automated", "manual", "shared", "public", "awsbackup"};
    if (!type || std::ranges::count(types, *type) > 0) return {};
    return invalid_value(fmt::format("Invalid snapshot type: {}", *type));
}

// Of one's own, and of others' those that are asked for.
bool is_in_reach(const Call& call, const Asked& asked, const model::Snapshot& snapshot) {
    const std::string type = asked.type.value_or("");
    if (snapshot.account == call.account()) return type != "shared" && type != "public";
    if (snapshot.region != call.region || snapshot.status != model::SnapshotStatus::available) return false;
    const bool to_all = is_one_of(snapshot.shared_with, "all");
    const bool to_caller = is_one_of(snapshot.shared_with, call.account());
    return (to_caller && (asked.shared || type == "shared")) ||
           (to_all && (asked.is_public || type == "public"));
}

bool is_of_type(const Asked& asked, const model::Snapshot& snapshot) {
    if (!asked.type || *asked.type == "shared" || *asked.type == "public") return true;
    if (*asked.type == "awsbackup") return false;
    return (*asked.type == "manual") == (snapshot.type == model::SnapshotType::manual);
}

Traits traits_of(const Call& call, const SnapshotNoun& noun, const model::Snapshot& snapshot) {
    const std::string_view source_kind = noun.of_cluster ? cluster_kind : instance_kind;
    const std::vector<std::string> source = {snapshot.source, arn_of(call, source_kind, snapshot.source)};
    const std::vector<std::string> name = {snapshot.id, arn_of(snapshot)};
    return {{noun.of_cluster ? "db-cluster-id" : "db-instance-id", source},
            {noun.of_cluster ? "db-cluster-snapshot-id" : "db-snapshot-id", name},
            {"dbi-resource-id", {snapshot.server.resource_id}},
            {"snapshot-type", {std::string(text_of(snapshot.type))}},
            {"engine", {snapshot.server.engine}}};
}

std::vector<std::string_view> filters_of(const SnapshotNoun& noun) {
    if (noun.of_cluster) return {"db-cluster-id", "db-cluster-snapshot-id", "snapshot-type", "engine"};
    return {"db-instance-id", "db-snapshot-id", "dbi-resource-id", "snapshot-type", "engine"};
}

// Others' lie in other places, which are looked through only where they are asked for.
Result<std::vector<model::Snapshot>> all_in_reach(const Deps& deps, const Call& call,
                                                  const SnapshotNoun& noun, const Asked& asked) {
    const std::string type = asked.type.value_or("");
    const bool of_others = asked.shared || asked.is_public || type == "shared" || type == "public";
    const std::string place = of_others ? keys::rds() : snapshots_place(noun, call.account(), call.region);
    const store::Page page = TRY(store::list_all(deps.store, place));
    std::vector<model::Snapshot> found;
    for (const store::Entry& entry : page.entries) {
        if (keys::rds_kind_of(entry.key) != keys::RdsKind::snapshot) continue;
        model::Snapshot snapshot = TRY(formats::from_record<model::Snapshot>(entry.value));
        const bool own_place = snapshot.account != call.account() || snapshot.region == call.region;
        if (snapshot.of_cluster == noun.of_cluster && own_place && is_in_reach(call, asked, snapshot))
            found.push_back(std::move(snapshot));
    }
    return found;
}

template <class Input>
Result<PageOf<model::Snapshot>> snapshots_asked_for(const Deps& deps, const Call& call,
                                                    const SnapshotNoun& noun, const Input& input,
                                                    const Asked& asked) {
    TRY(check_type(asked.type));
    const Filters filters = TRY(Filters::read(input.Filters, filters_of(noun)));
    const std::string source_kind(noun.of_cluster ? cluster_kind : instance_kind);
    const std::string source = asked.source ? name_of(call, source_kind, *asked.source) : "";
    std::vector<model::Snapshot> all = TRY(all_in_reach(deps, call, noun, asked));
    std::erase_if(all, [&](const model::Snapshot& snapshot) {
        return !is_of_type(asked, snapshot) || (asked.source && snapshot.source != source) ||
               (asked.resource_id && snapshot.server.resource_id != *asked.resource_id) ||
               !filters.let_through(traits_of(call, noun, snapshot));
    });
    if (asked.id) {
        const auto one = TRY(find_usable_snapshot(deps.store, call, noun, *asked.id));
        std::erase_if(all, [&](const model::Snapshot& snapshot) {
            return snapshot.resource_id != one.record.resource_id;
        });
    }
    return page(
        std::move(all), [&](const model::Snapshot& snapshot) { return arn_of(snapshot); }, input);
}

Result<void> check_shared_with(const std::vector<std::string>& accounts) {
    for (const std::string& account : accounts) {
        const bool digits =
            account.size() == account_digits && account.find_first_not_of("0123456789") == std::string::npos;
        if (account != "all" && !digits)
            return invalid_value(fmt::format("Invalid attribute value: {}", account));
    }
    return {};
}

template <class Input>
Result<model::Snapshot> share(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                              const std::string& given, const Input& input) {
    if (*input.AttributeName != restore_attribute)
        return invalid_value(
            fmt::format("Invalid attribute name: {}. Valid names: restore", *input.AttributeName));
    const std::vector<std::string> none;
    const std::vector<std::string>& added = input.ValuesToAdd ? *input.ValuesToAdd : none;
    const std::vector<std::string>& removed = input.ValuesToRemove ? *input.ValuesToRemove : none;
    TRY(check_shared_with(added));
    return store::retry_races([&]() -> Result<model::Snapshot> {
        auto stored = TRY(find_snapshot(deps.store, call, noun, given));
        model::Snapshot& snapshot = stored.record;
        if (snapshot.type != model::SnapshotType::manual)
            return Error{Fault::conflict, "Only manual snapshots may be shared.", noun.wrong_state};
        if (snapshot.status != model::SnapshotStatus::available)
            return snapshot_in_wrong_state(noun, snapshot);
        std::erase_if(snapshot.shared_with,
                      [&](const std::string& account) { return is_one_of(removed, account); });
        for (const std::string& account : added)
            if (!is_one_of(snapshot.shared_with, account)) snapshot.shared_with.push_back(account);
        std::ranges::sort(snapshot.shared_with);
        if (snapshot.shared_with.size() > shared_max)
            return Error{Fault::conflict,
                         fmt::format("A snapshot is shared with at most {} accounts.", shared_max),
                         "SharedSnapshotQuotaExceeded"};
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, snapshot)}}));
        return snapshot;
    });
}

api::DBSnapshotAttributesResult attributes_of(const model::Snapshot& snapshot) {
    api::DBSnapshotAttributesResult answer;
    answer.DBSnapshotIdentifier = snapshot.id;
    api::DBSnapshotAttribute& attribute = answer.DBSnapshotAttributes.emplace_back();
    attribute.AttributeName = restore_attribute;
    attribute.AttributeValues = snapshot.shared_with;
    return answer;
}

api::DBClusterSnapshotAttributesResult attributes_of_cluster(const model::Snapshot& snapshot) {
    api::DBClusterSnapshotAttributesResult answer;
    answer.DBClusterSnapshotIdentifier = snapshot.id;
    api::DBClusterSnapshotAttribute& attribute = answer.DBClusterSnapshotAttributes.emplace_back();
    attribute.AttributeName = restore_attribute;
    attribute.AttributeValues = snapshot.shared_with;
    return answer;
}

}  // namespace

Result<api::DBSnapshotMessage> describe_snapshots(const Deps& deps, const Call& call,
                                                  const api::DescribeDBSnapshotsMessage& input) {
    const Asked asked{.source = input.DBInstanceIdentifier,
                      .id = input.DBSnapshotIdentifier,
                      .type = input.SnapshotType,
                      .resource_id = input.DbiResourceId,
                      .shared = input.IncludeShared.value_or(false),
                      .is_public = input.IncludePublic.value_or(false)};
    const auto shown = TRY(snapshots_asked_for(deps, call, instance_snapshots, input, asked));
    api::DBSnapshotMessage answer;
    for (const model::Snapshot& snapshot : shown.items)
        answer.DBSnapshots.push_back(to_instance_snapshot(snapshot));
    answer.Marker = shown.next;
    return answer;
}

Result<api::DBClusterSnapshotMessage> describe_cluster_snapshots(
    const Deps& deps, const Call& call, const api::DescribeDBClusterSnapshotsMessage& input) {
    const Asked asked{.source = input.DBClusterIdentifier,
                      .id = input.DBClusterSnapshotIdentifier,
                      .type = input.SnapshotType,
                      .resource_id = input.DbClusterResourceId,
                      .shared = input.IncludeShared.value_or(false),
                      .is_public = input.IncludePublic.value_or(false)};
    const auto shown = TRY(snapshots_asked_for(deps, call, cluster_snapshots, input, asked));
    api::DBClusterSnapshotMessage answer;
    for (const model::Snapshot& snapshot : shown.items)
        answer.DBClusterSnapshots.push_back(to_cluster_snapshot(snapshot));
    answer.Marker = shown.next;
    return answer;
}

Result<api::DescribeDBSnapshotAttributesResult> describe_snapshot_attributes(
    const Deps& deps, const Call& call, const api::DescribeDBSnapshotAttributesMessage& input) {
    const auto stored = TRY(find_snapshot(deps.store, call, instance_snapshots, *input.DBSnapshotIdentifier));
    api::DescribeDBSnapshotAttributesResult answer;
    answer.DBSnapshotAttributesResult = attributes_of(stored.record);
    return answer;
}

Result<api::DescribeDBClusterSnapshotAttributesResult> describe_cluster_snapshot_attributes(
    const Deps& deps, const Call& call, const api::DescribeDBClusterSnapshotAttributesMessage& input) {
    const auto stored =
        TRY(find_snapshot(deps.store, call, cluster_snapshots, *input.DBClusterSnapshotIdentifier));
    api::DescribeDBClusterSnapshotAttributesResult answer;
    answer.DBClusterSnapshotAttributesResult = attributes_of_cluster(stored.record);
    return answer;
}

Result<api::ModifyDBSnapshotAttributeResult> modify_snapshot_attribute(
    const Deps& deps, const Call& call, const api::ModifyDBSnapshotAttributeMessage& input) {
    api::ModifyDBSnapshotAttributeResult answer;
    answer.DBSnapshotAttributesResult =
        attributes_of(TRY(share(deps, call, instance_snapshots, *input.DBSnapshotIdentifier, input)));
    return answer;
}

Result<api::ModifyDBClusterSnapshotAttributeResult> modify_cluster_snapshot_attribute(
    const Deps& deps, const Call& call, const api::ModifyDBClusterSnapshotAttributeMessage& input) {
    api::ModifyDBClusterSnapshotAttributeResult answer;
    answer.DBClusterSnapshotAttributesResult = attributes_of_cluster(
        TRY(share(deps, call, cluster_snapshots, *input.DBClusterSnapshotIdentifier, input)));
    return answer;
}

}  // namespace countersign::rds
