#include "store/sqlite_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/files.h"

namespace countersign::store {

namespace {

constexpr std::int64_t application_id = 0x43536772;  // "CSgr", our mark in the header of the file
constexpr std::int64_t schema_version = 1;
constexpr mode_t file_mode = S_IRUSR | S_IWUSR;
// A larger store is read through only after an end that was not clean: a start must not wait for gigabytes.
constexpr std::uintmax_t always_checked_bytes_max = std::uintmax_t{64} * 1024 * 1024;

// A row of `history` is one value of a key, or its end (no value). `ended` is the revision from which the row
// is no longer the key's state; an end is none from the start. A commit's rows are in the order of its
// writes.
constexpr const char* schema = R"sql(
    CREATE TABLE history (
        id INTEGER PRIMARY KEY,
        revision INTEGER NOT NULL,
        created INTEGER NOT NULL,
        ended INTEGER,
        key BLOB NOT NULL,
        value BLOB);
    CREATE UNIQUE INDEX history_current ON history (key) WHERE ended IS NULL;
    CREATE INDEX history_key ON history (key, revision, ended);
    CREATE INDEX history_revision ON history (revision);
    CREATE INDEX history_ended ON history (ended) WHERE ended IS NOT NULL;
    CREATE TABLE commits (revision INTEGER PRIMARY KEY, id BLOB);
    CREATE UNIQUE INDEX commits_id ON commits (id) WHERE id IS NOT NULL;
    CREATE TABLE compaction (before INTEGER NOT NULL);
    INSERT INTO compaction VALUES (0);
)sql";

Error failed(const char* what, const std::filesystem::path& file) {
    return Error{Fault::unavailable, fmt::format("cannot {} {}: {}", what, file.string(),
                                                 std::generic_category().message(errno))};
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : ".";
}

Result<void> sync_directory(const std::filesystem::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open", directory);
    const int synced = ::fsync(descriptor);
    ::close(descriptor);
    if (synced != 0) return failed("write", directory);
    return {};
}

Result<void> create_if_absent(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (descriptor < 0 && errno == EEXIST) return {};
    if (descriptor < 0) return failed("create", file);
    ::close(descriptor);
    return {};
}

Result<void> recognise(const Connection& connection, const std::filesystem::path& file) {
    const std::int64_t application = TRY(connection.number("PRAGMA application_id"));
    const std::int64_t version = TRY(connection.number("PRAGMA user_version"));
    if (application != application_id)
        return Error{
            Fault::unsupported,
            fmt::format("{} belongs to another application: choose another place for the store, or move "
                        "that file away",
                        file.string())};
    if (version != schema_version)
        return Error{
            Fault::unsupported,
            fmt::format("the store {} has version {} of its schema, this countersign knows version {}: use "
                        "the countersign that wrote it",
                        file.string(), version, schema_version)};
    return {};
}

// Reads the whole file.
Result<void> check_for_damage(const Connection& connection, const std::filesystem::path& file) {
    const std::string verdict = TRY(connection.text("PRAGMA quick_check(1)"));
    if (verdict == "ok") return {};
    return Error{
        Fault::internal,
        fmt::format("the store {} is damaged ({}): restore it from a backup, or move it away together with "
                    "its -wal and -shm files to start empty",
                    file.string(), verdict)};
}

std::uintmax_t size_of(const std::filesystem::path& file) {
    std::error_code unreadable;
    const std::uintmax_t size = std::filesystem::file_size(file, unreadable);
    return unreadable ? 0 : size;
}

// The last connection that closes takes the write-ahead log with it.
bool ended_unexpectedly(const std::filesystem::path& file) {
    std::filesystem::path log = file;
    log += "-wal";
    return size_of(log) > 0;
}

Result<void> make_schema(const Connection& connection) {
    const std::string marked =
        fmt::format("BEGIN IMMEDIATE; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT",
                    schema, application_id, schema_version);
    return connection.execute(marked.c_str());
}

Result<void> use_wal(const Connection& connection, const std::filesystem::path& file) {
    const std::string mode = TRY(connection.text("PRAGMA journal_mode = WAL"));
    if (mode == "wal") return {};
    return Error{
        Fault::unsupported,
        fmt::format("the store {} is on a file system without shared memory (SQLite's WAL); choose a "
                    "local directory",
                    file.string())};
}

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
    std::filesystem::path lock = file;
    lock += ".lock";
    const int descriptor = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
    if (descriptor < 0) return failed("create", lock);
    FileLock held(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return held;
    if (errno != EWOULDBLOCK) return failed("lock", lock);
    return Error{Fault::conflict, fmt::format("another countersign is using {} ({} is locked)",
                                              directory_of(file).string(), lock.string())};
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> prepare_file(const std::filesystem::path& file) {
    TRY(create_if_absent(file));
    if (!forgoes_durability()) TRY(sync_directory(directory_of(file)));
    const bool is_to_be_checked = size_of(file) <= always_checked_bytes_max || ended_unexpectedly(file);
    const Connection connection = TRY(open_writing(file));
    const std::int64_t tables = TRY(connection.number("SELECT count(*) FROM sqlite_schema"));
    const std::int64_t application = TRY(connection.number("PRAGMA application_id"));
    const bool empty = tables == 0 && application == 0;
    if (!empty) TRY(recognise(connection, file));
    if (!empty && is_to_be_checked) TRY(check_for_damage(connection, file));
    if (::chmod(file.c_str(), file_mode) != 0) return failed("protect", file);
    TRY(use_wal(connection, file));
    if (empty) TRY(make_schema(connection));
    return {};
}

Result<Connection> open_writing(const std::filesystem::path& file) {
    Connection connection = TRY(Connection::open(file));
    TRY(connection.execute(forgoes_durability() ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL"));
    return connection;
}

Result<Connection> open_reading(const std::filesystem::path& file) {
    Connection connection = TRY(Connection::open(file));
    TRY(connection.execute("PRAGMA query_only = ON"));
    return connection;
}

}  // namespace countersign::store
