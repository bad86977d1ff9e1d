#include "databases/engines/local/restore.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/postmaster.h"
#include "formats/iso_time.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto restorer_patience = 10s;
constexpr std::size_t restorer_bytes_max = std::size_t{256} * 1024;
constexpr std::string_view restorer_prefix = "countersign: ";
constexpr std::string_view restored_word = "countersign: restored";

// Runs as the server's user in its data directory; the snapshot is its standard input. What the new server
// has of its own is there already and stays. A snapshot of files has no manifest.
constexpr const char* restore_script = R"sh(
set -o pipefail
trap 'trap - TERM; kill -TERM 0' TERM
bin=$1 sockets=$2 wal=$3 until=$4
fail() { echo "countersign: $1"; exit 1; }
own=(countersign.conf pg_hba.conf pg_ident.conf server.crt server.key)
left_out=() ignored=()
for file in "${own[@]}" standby.signal recovery.signal postmaster.pid replication.pass; do
    left_out+=("--exclude=$file") ignored+=(-i "$file")
done
number() { echo $((16#${1:8:8} * 256 + 16#${1:16:8})); }
follow() {
    local last first
    last=$(ls pg_wal | grep -xE '[0-9A-F]{24}' | sort | tail -n 1)
    first=$(ls "$wal" | sort | head -n 1)
    first=${first%.zst}
    [ -z "$first" ] || [ "$(number "$first")" -le "$(($(number "$last") + 1))" ] || fail 'the WAL after it was lost'
    touch recovery.signal
    printf "%s\n" "restore_command = '[ -e \"$wal/%f.zst\" ] || exit 1; zstd -q -d -c \"$wal/%f.zst\" > \"%p\" || exit 255'" "recovery_target_time = '$until'" \
        "recovery_target_action = 'promote'" >> countersign.conf
}
# pg_ctl waits for less where WAL is fetched.
await_end() {
    while [ -e recovery.signal ] || ! "$bin/pg_controldata" . | grep -qE '^Database cluster state: +in production$'; do
        [ -e postmaster.pid ] && kill -0 "$(head -n 1 postmaster.pid)" || return 1
        sleep 0.1
    done
}
recover() {
    "$bin/pg_ctl" start -D . -s -w -t 31536000 -l recovery.log -o "-c listen_addresses='' \
        -c unix_socket_directories='$sockets' -c hot_standby=off -c archive_mode=off -c autovacuum=off \
        -c logging_collector=off -c log_destination=stderr -c ssl=off -c shared_preload_libraries='' \
        -c max_logical_replication_workers=0 -c log_min_messages=info" && await_end
}
fail_recovery() {
    tail -n 4 recovery.log
    fail 'it could not be recovered'
}
# What was not replayed to its end is not what was asked for, however PostgreSQL calls it.
all_is_replayed() {
    local last
    last=$(ls "$wal" | sort | tail -n 1)
    [ -z "$last" ] || grep -qF "restored log file \"${last%.zst}\" from archive" recovery.log || fail 'not all WAL could be replayed'
}
replay() {
    follow
    if recover; then
        [ -n "$until" ] || all_is_replayed
        return
    fi
    # No commit came after that time: then all WAL is from before it.
    grep -qF 'recovery ended before configured recovery target was reached' recovery.log || fail_recovery
    echo "recovery_target_time = ''" >> countersign.conf
    recover || fail_recovery
    all_is_replayed
}
restore() {
    zstd -q -d -c | tar -x -f - --anchored "${left_out[@]}" || fail 'the snapshot is damaged'
    if [ -e backup_manifest ]; then
        "$bin/pg_verifybackup" -q -n "${ignored[@]}" . || fail 'the snapshot is not what its manifest says'
        rm -f backup_manifest
    fi
    cat PG_VERSION > PG_VERSION.new && chmod 640 PG_VERSION.new && mv -f PG_VERSION.new PG_VERSION || fail 'it has no version'
    if [ -n "$wal" ]; then
        replay
        rm -f "$wal"/*
    else
        recover || fail_recovery
    fi
    "$bin/pg_ctl" stop -D . -s -w -t 31536000 -m fast || fail 'it could not be shut down'
    rm -f recovery.log
    "$bin/initdb" --sync-only --pgdata=. > /dev/null || fail 'it could not be written to the disk'
    echo 'countersign: restored'
}
restore <&0 & wait $!
)sh";

// A standby's data. Nothing is there before the writer lets it in.
constexpr const char* copy_script = R"sh(
set -o pipefail
trap 'trap - TERM; kill -TERM 0' TERM
bin=$1 writer=$2
fail() { echo "countersign: $1"; exit 1; }
left_out=() ignored=()
for file in countersign.conf pg_hba.conf pg_ident.conf server.crt server.key replication.pass standby.signal recovery.signal postmaster.pid; do
    left_out+=("--exclude=$file") ignored+=(-i "$file")
done
bring() {
    "$bin/pg_basebackup" -d "$writer" -w -D - -F tar -X fetch -c fast | tar -x -f - --anchored "${left_out[@]}"
}
copy() {
    for attempt in {1..1200}; do
        bring 2> copy.log && break
        [ -e backup_label ] || [ "$attempt" = 1200 ] && { tail -n 3 copy.log; fail 'the writer could not be copied'; }
        [ "$attempt" -lt 50 ] && sleep 0.1 || sleep 0.5
    done
    "$bin/pg_verifybackup" -q -n "${ignored[@]}" -i copy.log . || fail 'the copy is not what its manifest says'
    rm -f backup_manifest copy.log
    cat PG_VERSION > PG_VERSION.new && chmod 640 PG_VERSION.new && mv -f PG_VERSION.new PG_VERSION || fail 'it has no version'
    touch standby.signal
    "$bin/initdb" --sync-only --pgdata=. > /dev/null || fail 'it could not be written to the disk'
    echo 'countersign: restored'
}
copy <&0 & wait $!
)sh";

// 2026-01-31 12:34:56+00
std::string postgres_time(Instant time) {
    const std::string text = formats::second_time(time);  // 2026-01-31T12:34:56Z
    return fmt::format("{} {}+00", text.substr(0, 10), text.substr(11, 8));
}

std::string restorer_words(const std::string& output) {
    constexpr std::size_t lines_max = 8;
    const std::vector<std::string_view> lines = split(trimmed(output), '\n');
    std::string text;
    for (std::size_t at = lines.size() > lines_max ? lines.size() - lines_max : 0; at < lines.size(); ++at) {
        std::string_view line = trimmed(lines[at]);
        if (line.starts_with(restorer_prefix)) line.remove_prefix(restorer_prefix.size());
        text += fmt::format("{}{}", text.empty() ? "" : " ", line);
    }
    return text.empty() ? "it ended without a word" : printable(text);
}

}  // namespace

ServerHome Restore::making() const {
    ServerHome making = home_;
    making.root += half_made;
    return making;
}

Result<ServerHome> Restore::prepare() {
    stop();
    trouble_.clear();
    const ServerHome home = making();
    for (const Path& part : {home.root, home.data(), home.log()}) TRY(make_directory(part));
    TRY(keeper_.hand_over(home));
    TRY(keeper_.make_run(home));
    TRY(keeper_.replace_file(home, "pg_hba.conf", "local all all reject\n", Durability::none));
    return home;
}

Result<void> Restore::begin(const Source& source) {
    const ServerHome home = making();
    const Descriptor input(::open(source.snapshot.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!input)
        return Error{Fault::not_found, fmt::format("the snapshot cannot be read: {}", strerror(errno))};
    const std::string wal = source.with_wal ? (home.root / wal_to_replay).string() : "";
    const std::string until = source.until ? postgres_time(*source.until) : "";
    return spawn(home,
                 {.program = "/bin/bash",
                  .arguments = {"-c", restore_script, "restore", source.version.bin.string(),
                                home.run.string(), wal, until},
                  .directory = home.data()},
                 source.version, source.preload, input.number());
}

Result<void> Restore::begin_copy(const Writer& writer) {
    const ServerHome home = making();
    return spawn(home,
                 {.program = "/bin/bash",
                  .arguments = {"-c", copy_script, "copy", writer.version.bin.string(), writer.conninfo},
                  .directory = home.data()},
                 writer.version, writer.preload, -1);
}

Result<void> Restore::spawn(const ServerHome& home, const Command& command, const EngineVersion& version,
                            const Path& preload, int input) {
    process_ = TRY(keeper_.spawn(home, command, preload, {version.bin / "postgres"}, {.input = input}));
    state_ = WorkState::running;
    return {};
}

void Restore::fail(const std::string& trouble) {
    stop();
    trouble_ = trouble;
    state_ = WorkState::failed;
}

WorkState Restore::state() {
    if (state_ == WorkState::running && !process_.alive()) note_end();
    return state_;
}

void Restore::note_end() {
    process_ = Process();
    const Result<std::string> output = read_server_file(making().start_log(), restorer_bytes_max);
    const std::string said = output ? *output : std::string();
    const std::string_view all = trimmed(said);
    state_ = WorkState::done;
    if (all.substr(all.rfind('\n') + 1) != restored_word) fail(restorer_words(said));
}

void Restore::stop() {
    if (process_.alive()) process_.signal(SIGTERM);
    if (!process_.ends_within(restorer_patience)) process_.signal(SIGKILL);
    process_ = Process();
    const ServerHome home = making();
    if (file_exists(home.root)) {
        Postmaster::end_left(keeper_, home);
        static_cast<void>(keeper_.remove_tree(home.root));
    }
    state_ = WorkState::none;
}

}  // namespace countersign::databases::local
