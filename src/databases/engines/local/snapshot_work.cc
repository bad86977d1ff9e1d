#include "databases/engines/local/snapshot_work.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/text.h"
#include "databases/engines/local/proven_socket.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto copy_end_patience = 10s;
constexpr std::size_t tail_bytes = 4096;
constexpr const char* said_of_files = "snapshot.said";  // in the server's log directory
constexpr std::string_view complete = "countersign: complete";

// $1 is where the result goes; the other arguments are the way to it. What works is in the background, as a
// shell does not hear of a signal while it waits for anything else. Its input is the server's socket.
constexpr const char* from_server = R"sh(
set -o pipefail
trap 'trap - TERM; kill -TERM 0' TERM
out=$1 bin=$2 sockets=$3 port=$4
bring() {
    "$bin/pg_basebackup" -h "$sockets" -p "$port" -U rdsadmin -w -D - -F tar -X fetch -c fast -P -l countersign
}
{
    bring | zstd -q -c > "$out" && echo 'countersign: complete'
} <&0 & wait $!
)sh";

// Runs as the server's user in its data directory, and writes the result to its output.
constexpr const char* from_files = R"sh(
set -o pipefail
trap 'trap - TERM; kill -TERM 0' TERM
umask 027
exec 2> "$1"
{
    find . -mindepth 1 -maxdepth 1 ! -name postmaster.pid ! -name server.key ! -name replication.pass -printf '%P\0' |
        tar -c -f - --numeric-owner --null --verbatim-files-from -T - | zstd -q -c &&
        echo 'countersign: complete' >&2
} & wait $!
)sh";

// A server's user may have put anything in its place.
std::string end_of(const Path& file) {
    const Descriptor said(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (!said || ::fstat(said.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
    std::string text(std::min(static_cast<std::size_t>(facts.st_size), tail_bytes), '\0');
    const off_t begin = facts.st_size - static_cast<off_t>(text.size());
    const ssize_t length = ::pread(said.number(), text.data(), text.size(), begin);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
}

bool is_progress(std::string_view line) {
    return line.find("%)") != std::string_view::npos;
}

// pg_basebackup says "1234/5678 kB (21%), 0/1 tablespace" once a second.
int percent_in(const std::string& said) {
    const std::size_t end = said.rfind("%)");
    const std::size_t begin = end == std::string::npos ? end : said.rfind('(', end);
    if (begin == std::string::npos) return 0;
    const auto number =
        parse_number<unsigned>(trimmed(std::string_view(said).substr(begin + 1, end - begin - 1)));
    return number ? static_cast<int>(std::min(*number, 99U)) : 0;
}

std::string last_words(const std::string& said) {
    std::string words;
    for (const std::string_view line : split(said, '\n'))
        if (!trimmed(line).empty() && !is_progress(line))
            words += fmt::format("{}{}", words.empty() ? "" : " ", trimmed(line));
    return words.empty() ? "it ended without a word" : printable(words);
}

}  // namespace

void SnapshotWork::note_begin(const std::string& resource_id, const Path& said, Result<Process> started) {
    resource_id_ = resource_id;
    said_ = said;
    bytes_ = 0;
    trouble_.clear();
    state_ = started ? WorkState::running : WorkState::failed;
    if (started)
        process_ = *std::move(started);
    else
        trouble_ = started.error().message;
}

// pg_basebackup finds that socket, and no other, in a directory of the control plane's own.
Result<Process> SnapshotWork::copy_server(const std::string& resource_id, const EngineVersion& version,
                                          std::uint16_t port) const {
    const Descriptor socket = TRY(proven_socket(home_, port));
    const Path way = store_.way(resource_id);
    TRY(make_directory(way));
    std::error_code failure;
    std::filesystem::create_symlink("/proc/self/fd/0", way / fmt::format(".s.PGSQL.{}", port), failure);
    if (failure) return Error{Fault::unavailable, failure.message()};
    const Descriptor said = TRY(open_output(store_.said(resource_id)));
    return Process::spawn({.program = "/bin/bash",
                           .arguments = {"-c", from_server, "snapshot", store_.making(resource_id).string(),
                                         version.bin.string(), way.string(), std::to_string(port)}},
                          socket.number(), said.number());
}

void SnapshotWork::begin_from_server(const std::string& resource_id, const EngineVersion& version,
                                     std::uint16_t port) {
    of_files_ = false;
    store_.drop(resource_id);
    note_begin(resource_id, store_.said(resource_id), copy_server(resource_id, version, port));
}

void SnapshotWork::fail(const std::string& resource_id, const std::string& trouble) {
    of_files_ = false;
    note_begin(resource_id, store_.said(resource_id), Error{Fault::unavailable, trouble});
}

void SnapshotWork::begin_from_files(const std::string& resource_id, const Path& preload) {
    of_files_ = true;
    store_.drop(resource_id);
    note_begin(resource_id, home_.log() / said_of_files, pack_files(resource_id, preload));
}

Result<Process> SnapshotWork::pack_files(const std::string& resource_id, const Path& preload) const {
    const Descriptor output = TRY(open_output(store_.making(resource_id)));
    return keeper_.spawn(home_,
                         {.program = "/bin/bash",
                          .arguments = {"-c", from_files, "snapshot", (home_.log() / said_of_files).string()},
                          .directory = home_.data()},
                         preload, {}, {.output = output.number()});
}

void SnapshotWork::note_end() {
    process_ = Process();
    const std::string said = end_of(said_);
    const std::string_view all = trimmed(said);
    if (all.substr(all.rfind('\n') + 1) != complete) {
        trouble_ = last_words(said);
        state_ = WorkState::failed;
        return;
    }
    std::error_code absent;
    bytes_ = std::filesystem::file_size(store_.making(resource_id_), absent);
    state_ = WorkState::done;
}

SnapshotProgress SnapshotWork::progress() {
    if (state_ == WorkState::running && !process_.alive()) note_end();
    const int percent = state_ == WorkState::running ? percent_in(end_of(said_)) : 0;
    return {state_, resource_id_, of_files_, percent, bytes_, trouble_};
}

Result<void> SnapshotWork::finish() {
    TRY(store_.keep(resource_id_));
    state_ = WorkState::none;
    return {};
}

void SnapshotWork::drop() {
    if (process_.alive()) process_.signal(SIGTERM);
    if (!process_.ends_within(copy_end_patience)) process_.signal(SIGKILL);
    process_ = Process();
    if (state_ != WorkState::none) store_.drop(resource_id_);
    std::error_code absent;
    std::filesystem::remove(home_.log() / said_of_files, absent);
    state_ = WorkState::none;
}

}  // namespace countersign::databases::local
