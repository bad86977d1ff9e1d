#include "databases/engines/local/server_home.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "databases/directories.h"
#include "model/server_parameters.h"

namespace countersign::databases::local {

namespace {

std::string setting(std::string_view value) {
    std::string text = "'";
    for (const char letter : value) {
        if (letter == '\'') text += '\'';
        if (letter == '\\') text += '\\';
        text += letter;
    }
    return text + '\'';
}

// What a parameter is in PostgreSQL's configuration; RDS's own are no names there.
std::string line_of(const std::string& name, const std::string& value) {
    if (name == model::logical_replication_parameter && model::is_on(value)) return "wal_level = 'logical'\n";
    return name.starts_with("rds.") ? "" : fmt::format("{} = {}\n", name, setting(value));
}

// For a shell, in a command in which PostgreSQL replaces what follows a percent sign.
std::string quoted_path(const std::filesystem::path& path) {
    std::string quoted = "'";
    for (const char letter : path.string()) {
        if (letter == '%') quoted += '%';
        quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    }
    return quoted + '\'';
}

// PostgreSQL never waits for it: a full disk ends with WAL that is lost, not with a database that stops.
std::string archive_command(const ServerHome& home) {
    return fmt::format(
        "f={}/%f.zst; if [ -e \"$f\" ]; then zstd -q -d -c \"$f\" | cmp -s - \"%p\"; else "
        "zstd -q -1 -c \"%p\" > \"$f.part\" && touch -r \"%p\" \"$f.part\" && sync \"$f.part\" && "
        "mv \"$f.part\" \"$f\"; fi || {{ rm -f \"$f.part\"; touch {}; }}; true",
        quoted_path(home.wal()), quoted_path(home.wal_gap()));
}

std::string archive_lines(const ServerHome& home, const ServerSettings& settings) {
    if (settings.ephemeral) return "";
    return fmt::format("archive_mode = on\narchive_timeout = '60s'\narchive_command = {}\n",
                       setting(settings.archives ? archive_command(home) : "true"));
}

// Above LOG the log has no replication commands, which hook/guard.cc sees there.
std::string replication_lines(const Parameters& parameters) {
    const auto level = parameters.find("log_min_messages");
    const bool quiet =
        level != parameters.end() && (lower(level->second) == "fatal" || lower(level->second) == "panic");
    return fmt::format("log_replication_commands = on\n{}", quiet ? "log_min_messages = 'log'\n" : "");
}

// A standby that was away for a moment finds the WAL that it lacks, and is waited for no longer than it
// lives.
std::string member_lines(const Replication& replication) {
    if (!replication.in_use) return "";
    const std::string waits =
        replication.waits_for.empty() ? "" : fmt::format("FIRST 1 (\"{}\")", replication.waits_for);
    return fmt::format(
        "wal_keep_size = '512MB'\n"
        "wal_sender_timeout = '10s'\n"
        "wal_receiver_timeout = '10s'\n"
        "wal_receiver_status_interval = '1s'\n"
        "wal_retrieve_retry_interval = '200ms'\n"
        "{}"
        "primary_conninfo = {}\n"
        "synchronous_standby_names = {}\n",
        replication.of_cluster ? "hot_standby_feedback = on\n" : "", setting(replication.follows),
        setting(waits));
}

// Names longer than this are cut by PostgreSQL; anything but letters would need its own quoting in ps.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char letter : name.substr(0, 63)) plain += letter > ' ' && letter < 127 ? letter : '_';
    return plain;
}

}  // namespace

ServerHome home_of(const std::filesystem::path& dir, const std::string& resource_id) {
    return ServerHome{server_directory(dir, resource_id), server_sockets(dir, resource_id), resource_id};
}

ServerHome retained_home_of(const std::filesystem::path& dir, const std::string& resource_id) {
    return home_of(dir, resource_id + std::string(retained));
}

std::string configuration(const ServerHome& home, const ServerSettings& settings) {
    const bool everywhere =
        !settings.own_host && (settings.everywhere || settings.endpoint_host != "localhost");
    const std::string addresses = everywhere ? "*" : settings.endpoint_host;
    std::string text = fmt::format(
        "# Written by Countersign; changes are lost.\n"
        "cluster_name = {cluster}\n"
        "listen_addresses = {addresses}\n"
        "port = {port}\n"
        "unix_socket_directories = {run}\n"
        "unix_socket_permissions = {sockets}\n"
        "hba_file = 'pg_hba.conf'\n"
        "ident_file = 'pg_ident.conf'\n"
        "ssl = on\n"
        "ssl_cert_file = 'server.crt'\n"
        "ssl_key_file = 'server.key'\n"
        "ssl_min_protocol_version = 'TLSv1.2'\n"
        "password_encryption = 'scram-sha-256'\n"
        "authentication_timeout = '30s'\n"
        "max_connections = 100\n"
        "shared_buffers = '32MB'\n"
        "min_dynamic_shared_memory = '2MB'\n"  // holds the statistics: no login maps them by itself
        "logging_collector = on\n"
        "log_destination = 'stderr,csvlog'\n"
        "log_directory = {log}\n"
        "log_file_mode = {logs}\n"
        "log_filename = 'postgresql-%Y-%m-%d_%H%M%S.log'\n"
        "log_rotation_age = '1d'\n"
        "log_rotation_size = '10MB'\n"
        "log_timezone = 'UTC'\n"
        "log_line_prefix = '%t:%r:%u@%d:[%p]:'\n"
        "log_connections = off\n"
        "pg_stat_statements.track_utility = off\n"  // it keeps passwords of CREATE USER as they are typed
        "recovery_init_sync_method = 'syncfs'\n"
        "timezone = 'UTC'\n",
        fmt::arg("cluster", setting(plain_name(settings.cluster_name))),
        fmt::arg("addresses", setting(addresses)), fmt::arg("port", settings.port),
        fmt::arg("run", setting("\"" + home.run.string() + "\"")),
        fmt::arg("log", setting(home.log().string())),
        fmt::arg("sockets", settings.own_user ? "0777" : "0700"),
        fmt::arg("logs", settings.own_user ? "0640" : "0600"));
    if (settings.memory_in_files) text += "dynamic_shared_memory_type = 'mmap'\n";
    // A name that only people read: what a session sets it to changes nothing.
    if (!settings.extensions.empty())
        text += fmt::format("rds.extensions = {}\n", setting(joined(settings.extensions, ", ")));
    if (settings.ephemeral) text += "fsync = off\nfull_page_writes = off\n";
    text += archive_lines(home, settings);
    for (const auto& [name, value] : settings.parameters) text += line_of(name, value);
    return text + replication_lines(settings.parameters) + member_lines(settings.replication);
}

std::vector<std::string> environment(const ServerHome& home, const std::filesystem::path& preload,
                                     const std::filesystem::path& extensions) {
    std::vector<std::string> variables = {"COUNTERSIGN_AGENT_SOCKET=" + home.agent_socket().string(),
                                          "NOTIFY_SOCKET=" + home.ready_socket().string(),
                                          "COUNTERSIGN_MANAGED=1", "PGGSSENCMODE=disable",
                                          // who hands connections over (door.h)
                                          "COUNTERSIGN_DOOR_USER=" + std::to_string(::geteuid())};
    // What libpq would look for below the home of the control plane's user, in connections of a database's
    // users.
    for (const char* file :
         {"PGPASSFILE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL"})
        variables.push_back(std::string(file) + "=/nonexistent");
    if (!preload.empty()) variables.push_back("LD_PRELOAD=" + preload.string());
    if (!extensions.empty()) variables.push_back("COUNTERSIGN_EXTENSIONS=" + extensions.string());
    return variables;
}

}  // namespace countersign::databases::local
