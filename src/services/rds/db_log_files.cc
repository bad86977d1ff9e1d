#include "services/rds/db_log_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/text.h"
#include "model/keys.h"
#include "model/rds.h"
#include "services/rds/entities.h"
#include "services/rds/filters.h"
#include "services/rds/log_portion.h"
#include "services/rds/paging.h"
#include "store/records.h"

namespace countersign::rds {

using gateway::Call;

namespace {

namespace fs = std::filesystem;
namespace keys = model::keys;

constexpr std::string_view auth_errors = "iam-db-auth-error";
constexpr std::string_view folder = "error/";

struct LogFile {
    std::string name;  // as RDS has it
    fs::path path;
    std::int64_t size = 0;
    std::int64_t last_written = 0;  // milliseconds since 1970
};

// The server behind an instance: its own, or its cluster's.
Result<model::Server> server_with_logs(store::Store& store, const Call& call, std::string_view given) {
    const auto stored = TRY(find_instance(store, call, given));
    const model::DBInstance& instance = stored.record;
    if (instance.server) return *instance.server;
    const auto cluster = TRY(find_cluster(store, call, instance.cluster));
    model::Server server = cluster.record.server;
    server.membership.home = model::home_of(instance, server);
    return server;
}

// postgresql-2026-01-31_120000.log is error/postgresql.log.2026-01-31-120000. Nothing for another name.
std::optional<std::string> name_of_postgresql(const std::string& name) {
    constexpr std::string_view start = "postgresql-";
    constexpr std::string_view end = ".log";
    constexpr std::string_view form = "2026-01-31_120000";
    if (name.size() != start.size() + form.size() + end.size() || !name.starts_with(start) ||
        !name.ends_with(end))
        return std::nullopt;
    std::string time = name.substr(start.size(), form.size());
    std::ranges::replace(time, '_', '-');
    return fmt::format("{}postgresql.log.{}", folder, time);
}

std::optional<std::string> name_of_auth_errors(const std::string& name) {
    if (!name.starts_with(auth_errors)) return std::nullopt;
    return std::string(folder) + name;
}

std::int64_t milliseconds_of(fs::file_time_type time) {
    const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// The plain files of a directory that have a name for RDS.
void list_files(const fs::path& directory, std::optional<std::string> (*named)(const std::string&),
                std::vector<LogFile>& files) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        auto name = named(entry.path().filename().string());
        if (!name || !fs::is_regular_file(entry.symlink_status(failed))) continue;
        const auto size = entry.file_size(failed);
        if (failed) continue;
        const auto written = entry.last_write_time(failed);
        if (failed) continue;
        files.push_back(
            {*std::move(name), entry.path(), static_cast<std::int64_t>(size), milliseconds_of(written)});
    }
}

// No entry of the data directory leads out of it: a resource id is made here, never given.
std::vector<LogFile> log_files_of(const Deps& deps, const model::Server& server) {
    std::vector<LogFile> files;
    const auto logs = deps.engine == nullptr ? std::nullopt : deps.engine->logs(server);
    if (!logs) return files;
    list_files(*logs, name_of_postgresql, files);
    list_files(deps.error_logs / server.resource_id / "error", name_of_auth_errors, files);
    return files;
}

template <class Record>
bool exports(store::Store& store, const std::string& key) {
    const auto stored = store::load<Record>(store, key);
    return stored && *stored && std::ranges::count((*stored)->record.log_exports, auth_errors) > 0;
}

Error no_such_file(const std::string& name) {
    return Error{Fault::not_found, fmt::format("DBLog File: {}, is not found on the DB instance", name),
                 "DBLogFileNotFoundFault"};
}

}  // namespace

Result<api::DescribeDBLogFilesResponse> describe_log_files(const Deps& deps, const Call& call,
                                                           const api::DescribeDBLogFilesMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    const model::Server server = TRY(server_with_logs(deps.store, call, *input.DBInstanceIdentifier));
    std::vector<LogFile> files = log_files_of(deps, server);
    std::erase_if(files, [&](const LogFile& file) {
        return file.name.find(input.FilenameContains.value_or("")) == std::string::npos ||
               file.last_written < input.FileLastWritten.value_or(0) ||
               (input.FileSize && file.size <= *input.FileSize);
    });
    const auto shown_page = TRY(page(
        std::move(files), [](const LogFile& file) { return file.name; }, input));
    api::DescribeDBLogFilesResponse answer;
    for (const LogFile& file : shown_page.items) {
        api::DescribeDBLogFilesDetails& shown = answer.DescribeDBLogFiles.emplace_back();
        shown.LogFileName = file.name;
        shown.LastWritten = file.last_written;
        shown.Size = file.size;
    }
    answer.Marker = shown_page.next;
    return answer;
}

Result<api::DownloadDBLogFilePortionDetails> download_log_file_portion(
    const Deps& deps, const Call& call, const api::DownloadDBLogFilePortionMessage& input) {
    if (input.NumberOfLines && *input.NumberOfLines < 1)
        return invalid_value(fmt::format("Invalid value {} for NumberOfLines.", *input.NumberOfLines));
    const std::optional<std::uint64_t> from = input.Marker ? parse_marker(*input.Marker) : std::nullopt;
    if (input.Marker && !from) return invalid_value("Invalid Marker.");
    const model::Server server = TRY(server_with_logs(deps.store, call, *input.DBInstanceIdentifier));
    const std::vector<LogFile> files = log_files_of(deps, server);
    const auto file = std::ranges::find(files, *input.LogFileName, &LogFile::name);
    if (file == files.end()) return no_such_file(*input.LogFileName);
    const auto lines =
        static_cast<std::size_t>(input.NumberOfLines.value_or(static_cast<std::int64_t>(portion_lines_max)));
    auto portion = read_portion(file->path, from, lines);
    if (!portion) return no_such_file(*input.LogFileName);
    api::DownloadDBLogFilePortionDetails answer;
    answer.LogFileData = printable_lines(portion->data);
    answer.Marker = marker_of(portion->end);
    answer.AdditionalDataPending = portion->more;
    return answer;
}

bool exports_auth_errors(store::Store& store, const AuditedDatabase& database) {
    if (database.resource_id.starts_with("cluster-"))
        return exports<model::DBCluster>(
            store, keys::cluster(database.account, database.region, database.identifier));
    return exports<model::DBInstance>(store,
                                      keys::instance(database.account, database.region, database.identifier));
}

}  // namespace countersign::rds
