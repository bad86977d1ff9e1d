#include "databases/engines/local/postmaster.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <cstring>

#include "base/deadline.h"
#include "base/files.h"
#include "base/text.h"
#include "databases/directories.h"
#include "databases/engines/local/extensions.h"
#include "databases/engines/local/log_reader.h"

namespace countersign::databases::local {

namespace {

using namespace std::chrono_literals;

constexpr auto start_patience = 60s;  // recovery after a crash may take a while
constexpr auto stop_patience = 10s;
constexpr auto quit_patience = 5s;
constexpr auto look_again = 100ms;

// A datagram socket on which PostgreSQL says READY=1 (sd_notify).
Result<Descriptor> listen_for_readiness(const Path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() > socket_path_bytes_max)
        return Error{Fault::invalid, fmt::format("the path {} is too long for a socket", text)};
    std::memcpy(address.sun_path, text.data(), text.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    unlink(text.c_str());
    // Who reaches it is said by its directory.
    if (!socket || bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        chmod(text.c_str(), 0666) != 0)
        return Error{Fault::unavailable, fmt::format("cannot listen on {}: {}", text, strerror(errno))};
    return socket;
}

bool announced_ready(int socket) {
    char text[4096];
    ssize_t length = 0;
    while ((length = recv(socket, text, sizeof text, 0)) > 0)
        for (const std::string_view line : split({text, static_cast<std::size_t>(length)}, '\n'))
            if (line == "READY=1") return true;
    return false;
}

// For builds without sd_notify. As rdsadmin it is let in; anybody else would be a refused login in the log.
bool answers_ping(const ServerHome& home, std::uint16_t port) {
    const std::string run = home.run.string();
    const std::string number = std::to_string(port);
    const char* const names[] = {"host", "port", "user", "dbname", "connect_timeout", nullptr};
    const char* const values[] = {run.c_str(), number.c_str(), "rdsadmin", "template1", "2", nullptr};
    return PQpingParams(names, values, 0) == PQPING_OK;
}

bool becomes_ready(Process& process, const Descriptor& announcements, const ServerHome& home,
                   std::uint16_t port) {
    const Deadline deadline(start_patience);
    while (!deadline.passed()) {
        pollfd watched[] = {{announcements.number(), POLLIN, 0}, {process.pidfd(), POLLIN, 0}};
        const int happened = poll(watched, 2, static_cast<int>(look_again.count()));
        if (announced_ready(announcements.number())) return true;
        if (!process.alive()) return false;
        if (happened == 0 && answers_ping(home, port)) return true;
    }
    return false;
}

void end_process(Process& process, std::chrono::milliseconds patience) {
    process.signal(SIGINT);
    if (process.ends_within(patience)) return;
    process.signal(SIGQUIT);
    if (process.ends_within(quit_patience)) return;
    process.signal(SIGKILL);
    process.ends_within(quit_patience);
}

// PostgreSQL must not start beside what an earlier postmaster left: it shares memory with it. Once nothing
// works in the directory, the lock file names a stranger at most.
void end_remnants(const Keeper& keeper, const ServerHome& home) {
    const Path data = home.data();
    static_cast<void>(keeper.end_all(home));
    for (const int signal : {SIGQUIT, SIGKILL}) {
        std::vector<Process> left;
        for (const pid_t pid : postgres_processes_in(data)) {
            Result<Process> process = Process::attach(pid);
            if (process) left.push_back(*std::move(process));
        }
        for (const Process& process : left) process.signal(signal);
        const Deadline deadline(quit_patience);
        for (Process& process : left) process.ends_within(deadline.left());
    }
    if (!postgres_processes_in(data).empty()) return;
    std::error_code absent;
    std::filesystem::remove(data / "postmaster.pid", absent);
}

// Of one that was started before there were records of it.
std::optional<pid_t> unrecorded_postmaster_in(const Path& data) {
    const Result<std::string> lock = read_server_file(data / "postmaster.pid", 4096);
    if (!lock) return std::nullopt;
    const std::optional<unsigned> pid = parse_number<unsigned>(split(*lock, '\n')[0]);
    if (!pid) return std::nullopt;
    for (const pid_t found : postgres_processes_in(data))
        if (found == static_cast<pid_t>(*pid)) return found;
    return std::nullopt;
}

constexpr std::size_t record_bytes_max = std::size_t{16} * 1024;

constexpr std::string_view hook_can = "takes connections that are handed over";

// Which process it is, and everything that it was started with.
std::string record_of(pid_t pid, const Postmaster::Deps& around) {
    std::error_code absent;
    const Path program = std::filesystem::canonical(around.version.bin / "postgres", absent);
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", identity_of(pid), program.string(),
                       around.preload.string(), around.home.agent_socket().string(),
                       around.keeper.manner(around.home), hook_can);
}

// The process that the record names, if that still runs.
std::optional<pid_t> process_in(const std::string& record) {
    const std::string_view identity = split(record, '\n')[0];
    const auto pid = parse_number<unsigned>(identity.substr(0, identity.find(' ')));
    if (!pid || identity_of(static_cast<pid_t>(*pid)) != identity) return std::nullopt;
    return static_cast<pid_t>(*pid);
}

}  // namespace

Result<Postmaster> Postmaster::start(const Deps& around, std::uint16_t port) {
    const ServerHome& home = around.home;
    end_remnants(around.keeper, home);
    const LogPosition before = end_of_log(home.log());
    const Descriptor announcements = TRY(listen_for_readiness(home.ready_socket()));
    const Command command{.program = around.version.bin / "postgres",
                          .arguments = {"-D", home.data().string(), "-c", "logging_collector=on"},
                          .environment = environment(home, around.preload,
                                                     extensions_directory(around.preload, around.version)),
                          .directory = home.data()};
    Process process = TRY(around.keeper.spawn(home, command, around.preload));
    TRY(replace_file(home.postmaster(), record_of(process.pid(), around), Durability::none));
    const bool ready = becomes_ready(process, announcements, home, port);
    unlink(home.ready_socket().c_str());
    if (ready) return Postmaster(std::move(process));
    const bool died = !process.alive();
    if (!died) end_process(process, stop_patience);
    const std::string reason = complaints_since(home.log(), before, home.start_log());
    return Error{
        Fault::unavailable,
        fmt::format("PostgreSQL {}: {}", died ? "did not start" : "did not become ready in time", reason)};
}

std::optional<Postmaster> Postmaster::adopt(const Deps& around) {
    const Result<std::string> kept = read_file(around.home.postmaster(), record_bytes_max);
    std::optional<pid_t> pid = kept ? process_in(*kept) : std::nullopt;
    if (!pid) pid = unrecorded_postmaster_in(around.home.data());
    if (pid) {
        Result<Process> process = around.keeper.attach(*pid);
        if (process && kept && *kept == record_of(*pid, around)) return Postmaster(*std::move(process));
        if (process) end_process(*process, stop_patience);
    }
    end_remnants(around.keeper, around.home);
    return std::nullopt;
}

// Immediate shutdown, so that memory shared beyond the processes goes, too.
void Postmaster::end_left(const Keeper& keeper, const ServerHome& home) {
    const Result<std::string> kept = read_file(home.postmaster(), record_bytes_max);
    const std::optional<pid_t> pid = kept ? process_in(*kept) : std::nullopt;
    if (Result<Process> process = pid ? keeper.attach(*pid) : Error{Fault::not_found, ""}) {
        process->signal(SIGQUIT);
        process->ends_within(quit_patience);
    }
    end_remnants(keeper, home);
}

void Postmaster::reload() const {
    process_.signal(SIGHUP);
}

void Postmaster::begin_stop() const {
    process_.signal(SIGINT);
}

void Postmaster::stop(std::chrono::milliseconds patience) {
    end_process(process_, patience);
}

}  // namespace countersign::databases::local
