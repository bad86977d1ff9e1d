#include "services/rds/automated_backups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "databases/backup_retention.h"
#include "databases/backups.h"
#include "model/backup_keys.h"
#include "model/keys.h"
#include "services/rds/describe.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/passthrough.h"
#include "services/rds/point_in_time.h"
#include "services/rds/quotas.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::size_t resource_id_max = 64;

// Of one of the two kinds.
struct BackupNoun {
    std::string_view source_kind;  // as ARNs call the database
    std::string_view kind;         // and its backup
    std::string_view resource_prefix;
    std::string_view backup_prefix;
    const char* not_found;
    const char* wrong_state;
};
constexpr BackupNoun instance_backups{instance_kind,
                                      backup_kind,
                                      "db-",
                                      "ab-",
                                      "DBInstanceAutomatedBackupNotFound",
                                      "InvalidDBInstanceAutomatedBackupState"};
constexpr BackupNoun cluster_backups{cluster_kind,
                                     cluster_backup_kind,
                                     "cluster-",
                                     "cab-",
                                     "DBClusterAutomatedBackupNotFoundFault",
                                     "InvalidDBClusterAutomatedBackupStateFault"};

const BackupNoun& backups_like(const SnapshotNoun& noun) {
    return noun.of_cluster ? cluster_backups : instance_backups;
}

// What comes after the prefix, in the letters that resource ids have.
std::optional<std::string> number_after(std::string_view prefix, std::string_view given) {
    if (!lower(given).starts_with(prefix)) return std::nullopt;
    std::string number(given.substr(prefix.size()));
    std::ranges::transform(number, number.begin(),
                           [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return number;
}

// A backup as it is listed.
struct Shown {
    BackedUp source;
    std::optional<RestorableTimes> times;
    std::string window;
    std::vector<model::Tag> tags;

    const std::string& resource_id() const { return source.now.server.resource_id; }
    std::string_view status() const { return source.retained.empty() ? "active" : "retained"; }
};

Shown shown_of(const Deps& deps, const AutomatedBackups& backups, const std::string& key,
               const model::RetainedBackup& backup) {
    Shown shown{{databases::snapshot_of(backup), key}, {}, backup.backup_window, backup.tags};
    shown.times = restorable_times(deps, backups, shown.source.now);
    return shown;
}

Result<void> add_active(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                        const AutomatedBackups& backups, std::vector<Shown>& all) {
    const auto add = [&](const auto& record) {
        const std::optional<RestorableTimes> times = restorable_times(deps, backups, record);
        if (times)
            all.push_back({{databases::snapshot_of(record)}, times, record.backup_window, record.tags});
    };
    if (noun.of_cluster) {
        for (const store::Stored<model::DBCluster>& stored : TRY(all_clusters(deps.store, call)))
            add(stored.record);
    } else {
        for (const store::Stored<model::DBInstance>& stored : TRY(all_instances(deps.store, call)))
            add(stored.record);
    }
    return {};
}

Result<std::vector<Shown>> all_shown(const Deps& deps, const Call& call, const SnapshotNoun& noun) {
    const AutomatedBackups backups = TRY(automated_backups(deps.store, noun, call.account(), call.region));
    std::vector<Shown> all;
    TRY(add_active(deps, call, noun, backups, all));
    for (const store::Stored<model::RetainedBackup>& stored : TRY(store::load_all<model::RetainedBackup>(
             deps.store, keys::retained_backups(call.account(), call.region))))
        if (stored.record.of_cluster == noun.of_cluster && !stored.record.ending)
            all.push_back(shown_of(deps, backups, stored.key, stored.record));
    return all;
}

// What a list is asked for; a backup that is named has to be there.
struct AskedBackups {
    std::optional<std::string> source = {};       // the database by its name
    std::optional<std::string> resource_id = {};  // and by its resource id
    std::optional<std::string> named = {};        // as it was given
};

AskedBackups asked_of(const api::DescribeDBClusterAutomatedBackupsMessage& input) {
    AskedBackups asked{.source = input.DBClusterIdentifier, .named = input.DbClusterResourceId};
    if (asked.named) asked.resource_id = resource_id_of(cluster_snapshots, *asked.named);
    return asked;
}

AskedBackups asked_of(const Call& call, const api::DescribeDBInstanceAutomatedBackupsMessage& input) {
    AskedBackups asked{.source = input.DBInstanceIdentifier, .named = input.DbiResourceId};
    if (asked.named) asked.resource_id = resource_id_of(instance_snapshots, *asked.named);
    if (const auto& arn = input.DBInstanceAutomatedBackupsArn) {
        const std::string of_arn = resource_id_of_backup(call, instance_snapshots, *arn);
        // Two that differ name no backup that there could be.
        asked.resource_id = asked.resource_id.value_or(of_arn) == of_arn ? of_arn : std::string();
        asked.named = arn;
    }
    return asked;
}

template <class Input>
Result<PageOf<Shown>> backups_asked_for(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                                        const AskedBackups& asked, const Input& input) {
    const std::string_view source_filter = noun.of_cluster ? "db-cluster-id" : "db-instance-id";
    const std::string_view id_filter = noun.of_cluster ? "db-cluster-resource-id" : "dbi-resource-id";
    const std::string_view kind = backups_like(noun).source_kind;
    const Filters filters = TRY(Filters::read(input.Filters, {"status", source_filter, id_filter}));
    std::vector<Shown> all = TRY(all_shown(deps, call, noun));
    if (asked.resource_id)
        std::erase_if(all, [&](const Shown& one) { return one.resource_id() != *asked.resource_id; });
    if (asked.resource_id && all.empty()) return backup_not_found(noun, *asked.named);
    std::erase_if(all, [&](const Shown& one) {
        const std::string& source = one.source.now.source;
        return (asked.source && source != name_of(call, kind, *asked.source)) ||
               !filters.let_through({{"status", {std::string(one.status())}},
                                     {source_filter, {source, arn_of(call, kind, source)}},
                                     {id_filter, {one.resource_id()}}});
    });
    const auto place = [](const Shown& one) { return one.source.now.source + ' ' + one.resource_id(); };
    return page(std::move(all), place, input);
}

template <class Backup>
Backup with_common(const Shown& shown) {
    const model::Snapshot& now = shown.source.now;
    Backup backup;
    if (shown.times) {
        backup.RestoreWindow.emplace();
        backup.RestoreWindow->EarliestTime = shown.times->earliest;
        backup.RestoreWindow->LatestTime = shown.times->latest;
    }
    backup.Region = now.region;
    backup.Status = shown.status();
    backup.Engine = now.server.engine;
    backup.EngineVersion = now.server.engine_version;
    backup.MasterUsername = now.server.master_username;
    backup.Port = now.server.port;
    backup.IAMDatabaseAuthenticationEnabled = now.server.iam_enabled;
    backup.BackupRetentionPeriod = databases::retention_of(now.kept);
    backup.PreferredBackupWindow = shown.window;
    backup.LicenseModel = "postgresql-license";
    backup.KmsKeyId = echoed_text(now.kept, "KmsKeyId");
    backup.TagList = to_api(shown.tags);
    return backup;
}

api::DBClusterAutomatedBackup to_cluster_backup(const Call& call, const Shown& shown) {
    const model::Snapshot& now = shown.source.now;
    auto backup = with_common<api::DBClusterAutomatedBackup>(shown);
    backup.DBClusterIdentifier = now.source;
    backup.DBClusterArn = arn_of(call, cluster_kind, now.source);
    backup.DBClusterAutomatedBackupsArn = backup_arn_of(call, cluster_snapshots, shown.resource_id());
    backup.DbClusterResourceId = shown.resource_id();
    backup.EngineMode = "provisioned";
    backup.ClusterCreateTime = now.source_created;
    backup.StorageEncrypted = echoed_flag(now.kept, "StorageEncrypted").value_or(false);
    return backup;
}

api::DBInstanceAutomatedBackup to_instance_backup(const Call& call, const Shown& shown) {
    const model::Snapshot& now = shown.source.now;
    auto backup = with_common<api::DBInstanceAutomatedBackup>(shown);
    backup.DBInstanceIdentifier = now.source;
    backup.DBInstanceArn = arn_of(call, instance_kind, now.source);
    backup.DBInstanceAutomatedBackupsArn = backup_arn_of(call, instance_snapshots, shown.resource_id());
    backup.DbiResourceId = shown.resource_id();
    backup.InstanceCreateTime = now.source_created;
    backup.Encrypted = echoed_flag(now.kept, "StorageEncrypted").value_or(false);
    return backup;
}

Error backup_in_wrong_state(const SnapshotNoun& noun, std::string message) {
    return Error{Fault::conflict, std::move(message), backups_like(noun).wrong_state};
}

// What is taken away is found no more from then on; its files go in the background.
Result<Shown> remove_backup(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                            const AskedBackups& asked) {
    return store::retry_races([&]() -> Result<Shown> {
        const auto found = TRY(find_backed_up(deps.store, call, noun, *asked.resource_id));
        if (!found) return backup_not_found(noun, *asked.named);
        if (found->retained.empty())
            return backup_in_wrong_state(
                noun, fmt::format("The automated backup of {} is active. Only retained ones "
                                  "can be deleted.",
                                  found->now.source));
        auto stored = TRY(store::load<model::RetainedBackup>(deps.store, found->retained));
        if (!stored || stored->record.ending) return backup_not_found(noun, *asked.named);
        const AutomatedBackups backups =
            TRY(automated_backups(deps.store, noun, call.account(), call.region));
        Shown shown = shown_of(deps, backups, stored->key, stored->record);
        const auto ending = databases::begin_end_of(deps.store, *std::move(stored));
        if (!ending && ending.error().code == store::lost_race) return ending.error();
        if (!ending && ending.error().fault == Fault::conflict)
            return backup_in_wrong_state(noun, ending.error().message);
        if (!ending) return ending.error();
        return shown;
    });
}

}  // namespace

std::string resource_id_of(const SnapshotNoun& noun, std::string_view given) {
    const std::string_view prefix = backups_like(noun).resource_prefix;
    const std::optional<std::string> number = number_after(prefix, given);
    return number ? std::string(prefix) + *number : std::string(given);
}

std::string resource_id_of_backup(const Call& call, const SnapshotNoun& noun, std::string_view arn) {
    const BackupNoun& backups = backups_like(noun);
    const std::string kind = arn_of(call, backups.kind, "");
    if (!arn.starts_with(kind)) return std::string(arn);
    const auto number = number_after(backups.backup_prefix, arn.substr(kind.size()));
    return number ? std::string(backups.resource_prefix) + *number : std::string(arn);
}

std::string backup_arn_of(const Call& call, const SnapshotNoun& noun, std::string_view resource_id) {
    const BackupNoun& backups = backups_like(noun);
    if (resource_id.starts_with("arn:")) return std::string(resource_id);
    if (!resource_id.starts_with(backups.resource_prefix)) return arn_of(call, backups.kind, resource_id);
    return arn_of(
        call, backups.kind,
        std::string(backups.backup_prefix) + std::string(resource_id.substr(backups.resource_prefix.size())));
}

Error backup_not_found(const SnapshotNoun& noun, std::string_view given) {
    return Error{Fault::not_found, fmt::format("The automated backup {} was not found.", given),
                 backups_like(noun).not_found};
}

Result<std::optional<BackedUp>> find_backed_up(store::Store& store, const Call& call,
                                               const SnapshotNoun& noun, const std::string& resource_id) {
    const std::optional<BackedUp> none;
    if (!resource_id.starts_with(backups_like(noun).resource_prefix) || resource_id.size() > resource_id_max)
        return none;
    const auto retained = TRY(store::load<model::RetainedBackup>(
        store, keys::retained_backup(call.account(), call.region, resource_id)));
    if (retained && retained->record.of_cluster == noun.of_cluster && !retained->record.ending)
        return std::optional(BackedUp{databases::snapshot_of(retained->record), retained->key});
    if (noun.of_cluster) {
        for (const store::Stored<model::DBCluster>& stored : TRY(all_clusters(store, call)))
            if (stored.record.server.resource_id == resource_id)
                return std::optional(BackedUp{databases::snapshot_of(stored.record)});
        return none;
    }
    for (const store::Stored<model::DBInstance>& stored : TRY(all_instances(store, call)))
        if (stored.record.server && !stored.record.server->attached &&
            stored.record.server->resource_id == resource_id)
            return std::optional(BackedUp{databases::snapshot_of(stored.record)});
    return none;
}

bool add_backed_up(std::vector<std::string>& arns, store::Store& store, const Call& call,
                   const SnapshotNoun& noun, const std::string& resource_id) {
    arns.push_back(backup_arn_of(call, noun, resource_id));
    const auto found = find_backed_up(store, call, noun, resource_id);
    if (!found) return false;
    if (*found) arns.push_back(arn_of(call, backups_like(noun).source_kind, (*found)->now.source));
    return true;
}

void keep_backups(model::PassthroughAttributes& kept, const std::optional<bool>& deleted) {
    if (deleted && !*deleted)
        kept[databases::delete_backups] = "false";
    else
        kept.erase(databases::delete_backups);
}

Result<void> check_room_for_retained(const Deps& deps, const Call& call, const SnapshotNoun& noun,
                                     const std::optional<bool>& deleted) {
    if (deleted.value_or(true)) return {};
    const auto retained = TRY(store::load_readable<model::RetainedBackup>(
        deps.store, keys::retained_backups(call.account(), call.region)));
    const auto count = static_cast<std::size_t>(std::ranges::count_if(
        retained, [&](const auto& stored) { return stored.record.of_cluster == noun.of_cluster; }));
    if (count < most(deps, noun.of_cluster ? model::quota::clusters : model::quota::instances)) return {};
    return Error{
        Fault::conflict,
        fmt::format("{} automated backups outlive their databases already. Delete some of them first.",
                    count),
        noun.of_cluster ? "DBClusterAutomatedBackupQuotaExceededFault"
                        : "DBInstanceAutomatedBackupQuotaExceeded"};
}

Result<api::DBClusterAutomatedBackupMessage> describe_cluster_backups(
    const Deps& deps, const Call& call, const api::DescribeDBClusterAutomatedBackupsMessage& input) {
    const auto shown = TRY(backups_asked_for(deps, call, cluster_snapshots, asked_of(input), input));
    api::DBClusterAutomatedBackupMessage answer;
    for (const Shown& one : shown.items)
        answer.DBClusterAutomatedBackups.push_back(to_cluster_backup(call, one));
    answer.Marker = shown.next;
    return answer;
}

Result<api::DBInstanceAutomatedBackupMessage> describe_instance_backups(
    const Deps& deps, const Call& call, const api::DescribeDBInstanceAutomatedBackupsMessage& input) {
    const auto shown = TRY(backups_asked_for(deps, call, instance_snapshots, asked_of(call, input), input));
    api::DBInstanceAutomatedBackupMessage answer;
    for (const Shown& one : shown.items)
        answer.DBInstanceAutomatedBackups.push_back(to_instance_backup(call, one));
    answer.Marker = shown.next;
    return answer;
}

Result<api::DeleteDBClusterAutomatedBackupResult> delete_cluster_backup(
    const Deps& deps, const Call& call, const api::DeleteDBClusterAutomatedBackupMessage& input) {
    const std::string& given = *input.DbClusterResourceId;
    const Shown removed = TRY(
        remove_backup(deps, call, cluster_snapshots, {{}, resource_id_of(cluster_snapshots, given), given}));
    api::DeleteDBClusterAutomatedBackupResult answer;
    answer.DBClusterAutomatedBackup = to_cluster_backup(call, removed);
    answer.DBClusterAutomatedBackup->Status = "deleting";
    return answer;
}

Result<api::DeleteDBInstanceAutomatedBackupResult> delete_instance_backup(
    const Deps& deps, const Call& call, const api::DeleteDBInstanceAutomatedBackupMessage& input) {
    const std::optional<std::string>& arn = input.DBInstanceAutomatedBackupsArn;
    if (input.DbiResourceId.has_value() == arn.has_value())
        return invalid_combination("Specify exactly one of DbiResourceId and DBInstanceAutomatedBackupsArn.");
    const std::string resource = arn ? resource_id_of_backup(call, instance_snapshots, *arn)
                                     : resource_id_of(instance_snapshots, *input.DbiResourceId);
    const Shown removed =
        TRY(remove_backup(deps, call, instance_snapshots, {{}, resource, arn ? *arn : *input.DbiResourceId}));
    api::DeleteDBInstanceAutomatedBackupResult answer;
    answer.DBInstanceAutomatedBackup = to_instance_backup(call, removed);
    answer.DBInstanceAutomatedBackup->Status = "deleting";
    return answer;
}

}  // namespace countersign::rds
