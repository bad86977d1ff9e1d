#include "databases/backups.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::databases {

namespace {

using namespace std::chrono_literals;

constexpr auto first_after = 30s;  // what is made for a moment is not backed up
constexpr auto again_after = 1h;   // where WAL is lost again and again
constexpr int retention_default = 1;
constexpr std::size_t window_letters = 11;  // hh:mm-hh:mm

std::optional<std::chrono::minutes> minute_of_day(std::string_view text) {
    const auto hours = parse_number<unsigned>(text.substr(0, 2));
    const auto minutes = parse_number<unsigned>(text.substr(3, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes(*hours * 60 + *minutes);
}

// When the window opened that is open now; it may have been yesterday.
std::optional<Instant> opened_at(std::string_view window, Instant now) {
    if (window.size() != window_letters) return std::nullopt;
    const auto first = minute_of_day(window.substr(0, 5));
    const auto last = minute_of_day(window.substr(6, 5));
    if (!first || !last) return std::nullopt;
    const auto length = (*last - *first + 24h) % 24h;
    const Instant today = std::chrono::floor<std::chrono::days>(now);
    for (const Instant day : {today, today - 24h})
        if (now >= day + *first && now < day + *first + length) return day + *first;
    return std::nullopt;
}

model::Snapshot snapshot_of(const model::Server& server) {
    model::Snapshot snapshot;
    snapshot.server = server;
    snapshot.server.pending = {};
    snapshot.server.aliases.clear();
    snapshot.server.source.clear();
    snapshot.server.membership = model::Membership();
    snapshot.server.membership.home = server.membership.home;
    return snapshot;
}

// What a restored database has of the original; see services/rds/restored_input.h.
constexpr std::array restored_attributes = {
    "AllocatedStorage", "AvailabilityZone", "BackupRetentionPeriod", "DBInstanceClass", "Iops",
    "KmsKeyId",         "StorageEncrypted", "StorageThroughput",     "StorageType"};

model::RetainedBackup retained_backup_of(const model::Snapshot& last, Instant now) {
    model::RetainedBackup backup;
    backup.id = last.source;
    backup.account = last.account;
    backup.region = last.region;
    backup.of_cluster = last.of_cluster;
    backup.resource_id = last.server.resource_id;
    backup.home = model::home_of(last.server);
    backup.engine = last.server.engine;
    backup.engine_version = last.server.engine_version;
    backup.database_name = last.server.database_name;
    backup.master_username = last.server.master_username;
    backup.port = last.server.port;
    backup.iam_enabled = last.server.iam_enabled;
    for (const char* name : restored_attributes)
        if (const auto found = last.kept.find(name); found != last.kept.end()) backup.kept.insert(*found);
    backup.kept["BackupRetentionPeriod"] = std::to_string(retention_of(last.kept));
    backup.created = last.source_created;
    backup.deleted = now;
    return backup;
}

}  // namespace

bool outlives_deletion(const model::PassthroughAttributes& kept) {
    const auto said = kept.find(delete_backups);
    return said != kept.end() && said->second == "false" && retention_of(kept) > 0;
}

model::RetainedBackup retained_backup_of(const model::DBCluster& cluster, Instant now) {
    model::RetainedBackup backup = retained_backup_of(snapshot_of(cluster), now);
    backup.backup_window = cluster.backup_window;
    backup.tags = cluster.tags;
    return backup;
}

model::RetainedBackup retained_backup_of(const model::DBInstance& instance, Instant now) {
    model::RetainedBackup backup = retained_backup_of(snapshot_of(instance), now);
    backup.backup_window = instance.backup_window;
    backup.tags = instance.tags;
    return backup;
}

model::Snapshot snapshot_of(const model::RetainedBackup& backup) {
    model::Snapshot snapshot;
    snapshot.account = backup.account;
    snapshot.region = backup.region;
    snapshot.of_cluster = backup.of_cluster;
    snapshot.source = backup.id;
    snapshot.server.resource_id = backup.resource_id;
    snapshot.server.membership.home = backup.home;
    snapshot.server.engine = backup.engine;
    snapshot.server.engine_version = backup.engine_version;
    snapshot.server.database_name = backup.database_name;
    snapshot.server.master_username = backup.master_username;
    snapshot.server.port = backup.port;
    snapshot.server.iam_enabled = backup.iam_enabled;
    snapshot.kept = backup.kept;
    snapshot.source_created = backup.created;
    return snapshot;
}

Instant end_of(const model::RetainedBackup& backup) {
    return backup.deleted + std::chrono::days(retention_of(backup.kept));
}

int retention_of(const model::PassthroughAttributes& kept) {
    const auto given = kept.find("BackupRetentionPeriod");
    const auto days = given == kept.end() ? std::nullopt : parse_number<std::uint16_t>(given->second);
    return days ? *days : retention_default;
}

bool is_backup_due(const BackupFacts& facts, Instant now) {
    if (facts.retention == 0) return false;
    if (facts.failed && now - *facts.failed < again_after) return false;
    if (!facts.backed_up) return now - facts.created >= first_after;
    if (facts.broken && now - *facts.backed_up >= again_after) return true;
    const std::optional<Instant> opened = opened_at(facts.window, now);
    return opened && *facts.backed_up < *opened && facts.archived && *facts.archived > *facts.backed_up;
}

std::string automated_snapshot_name(std::string_view id, Instant now) {
    const std::string time = formats::second_time(now);  // 2026-01-31T12:34:56Z
    return fmt::format("rds:{}-{}-{}-{}", id, time.substr(0, 10), time.substr(11, 2), time.substr(14, 2));
}

model::Snapshot snapshot_of(const model::DBCluster& cluster) {
    model::Snapshot snapshot = snapshot_of(cluster.server);
    snapshot.account = cluster.account;
    snapshot.region = cluster.region;
    snapshot.of_cluster = true;
    snapshot.source = cluster.id;
    snapshot.kept = cluster.kept;
    snapshot.kept.erase(delete_backups);
    snapshot.source_created = cluster.created;
    return snapshot;
}

model::Snapshot snapshot_of(const model::DBInstance& instance) {
    model::Snapshot snapshot = snapshot_of(*instance.server);
    snapshot.account = instance.account;
    snapshot.region = instance.region;
    snapshot.source = instance.id;
    snapshot.kept = instance.kept;
    snapshot.kept.erase(delete_backups);
    snapshot.kept["DBInstanceClass"] = instance.instance_class;
    snapshot.source_created = instance.created;
    return snapshot;
}

}  // namespace countersign::databases
