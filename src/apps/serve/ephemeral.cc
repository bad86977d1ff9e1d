#include "apps/serve/ephemeral.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/files.h"
#include "base/process.h"
#include "databases/engines/local/clearing.h"

namespace countersign::apps {

namespace {

namespace fs = std::filesystem;

constexpr mode_t writable_by_others = 022;

// What is this process's standard input and output would stay open for whoever waits for its end.
bool leave_streams() {
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {0, 1, 2})
        if (nothing < 0 || ::dup2(nothing, stream) < 0) return false;
    return true;
}

// A session of its own: it does not end with the terminal or the process group of the server.
[[noreturn]] void wait_and_clear(int server, const fs::path& directory,
                                 const databases::isolation::Warden& warden,
                                 const std::optional<RunUser>& user) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
    ::setsid();
    ::prctl(PR_SET_NAME, "countersign-eph");
    if (!leave_streams() || ::chdir("/") != 0 || (user && !become(*user))) ::_exit(1);
    pollfd watched{server, POLLIN, 0};
    while (::poll(&watched, 1, -1) < 0 && errno == EINTR) continue;
    const bool cleared =
        !file_exists(directory) || static_cast<bool>(databases::local::clear_out(directory, &warden));
    ::_exit(cleared ? 0 : 1);
}

mode_t mode_of(const fs::path& place) {
    struct stat facts {};
    return ::stat(place.c_str(), &facts) == 0 ? facts.st_mode : 0;
}

bool everybody_makes_files_in(const fs::path& directory) {
    fs::path way;
    for (const fs::path& part : directory)
        if ((mode_of(way /= part) & S_IXOTH) == 0) return false;
    return (mode_of(directory) & S_IWOTH) != 0;
}

fs::path place_for_temporaries(bool becomes_another) {
    const char* named = std::getenv("TMPDIR");
    if (named == nullptr || *named != '/') return "/tmp";
    return !becomes_another || everybody_makes_files_in(named) ? named : "/tmp";
}

bool is_ours_alone(const fs::path& directory) {
    struct stat facts {};
    return ::lstat(directory.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid() &&
           (facts.st_mode & writable_by_others) == 0;
}

fs::path cache_directory(bool became_another) {
    const char* cache = became_another ? nullptr : std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return cache;
    const char* home = became_another ? nullptr : std::getenv("HOME");
    const fs::path whose = home != nullptr ? home : current_user().home;
    return whose.is_absolute() ? whose / ".cache" : fs::path();
}

}  // namespace

Result<std::unique_ptr<Ephemeral>> Ephemeral::begin(cli::ServeOptions& options) {
    const fs::path parent = place_for_temporaries(::geteuid() == 0);
    std::string made = (parent / "countersign-XXXXXX").lexically_normal();
    std::optional<databases::PortBlock> ports;
    if (options.any_database_ports) {
        ports = TRY(databases::PortBlock::claim());
        options.port_first = ports->first();
        options.port_last = ports->last();
    }
    if (::mkdtemp(made.data()) == nullptr)
        return Error{Fault::unavailable,
                     fmt::format("cannot make a directory in {}: {}", parent.string(), std::strerror(errno))};
    forgo_durability();
    options.data_dir = made;
    std::unique_ptr<Ephemeral> ephemeral(new Ephemeral(made));
    ephemeral->ports_ = std::move(ports);
    return ephemeral;
}

Ephemeral::~Ephemeral() {
    static_cast<void>(finish());
}

Result<void> Ephemeral::watch(const databases::isolation::Warden& warden,
                              const std::optional<RunUser>& user) {
    warden_ = &warden;
    const Process server = TRY(Process::attach(::getpid()));
    watcher_ = ::fork();
    if (watcher_ < 0) return Error{Fault::unavailable, fmt::format("cannot fork: {}", std::strerror(errno))};
    if (watcher_ == 0) wait_and_clear(server.pidfd(), directory_, warden, user);
    return {};
}

Result<void> Ephemeral::finish() {
    if (std::exchange(finished_, true)) return {};
    Result<void> cleared = databases::local::clear_out(directory_, warden_);
    if (watcher_ > 0 && ::kill(watcher_, SIGKILL) == 0) ::waitpid(watcher_, nullptr, 0);
    return cleared;
}

fs::path kept_templates(bool became_another) {
    const fs::path cache = cache_directory(became_another);
    if (cache.empty()) return {};
    const fs::path ours = cache / "countersign";
    fs::path templates = ours / "templates";
    if (!make_directory(templates) || !is_ours_alone(ours) || !is_ours_alone(templates)) return {};
    return templates;
}

}  // namespace countersign::apps
