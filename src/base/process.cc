#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/deadline.h"
#include "base/text.h"

namespace countersign {

namespace {

constexpr std::size_t output_bytes_max = std::size_t{64} * 1024;

struct Streams {
    int input = -1;
    int output = -1;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

// posix_spawn in its own session, every signal as a fresh process has it, and no descriptor above the three.
Result<pid_t> spawn_with(const Command& command, const Streams& streams) {
    std::vector<std::string> arguments = {command.program.string()};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> environment = environment_for(command);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, streams.input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, streams.output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, streams.output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    const int failure = posix_spawn(&pid, command.program.c_str(), &actions, &attributes,
                                    pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure == 0) return pid;
    return Error{Fault::unavailable,
                 fmt::format("cannot start {}: {}", command.program.string(), strerror(failure))};
}

std::string contents_of(int descriptor) {
    std::string text(output_bytes_max, '\0');
    const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
}

std::string last_line(std::string_view text) {
    const std::string_view all = trimmed(text);
    return std::string(all.substr(all.rfind('\n') + 1));
}

// A file in memory that holds the text, read from its beginning.
Descriptor memory_file(std::string_view text) {
    Descriptor file(memfd_create("countersign", MFD_CLOEXEC));
    std::size_t written = 0;
    while (file && written < text.size()) {
        const ssize_t step = write(file.number(), text.data() + written, text.size() - written);
        if (step <= 0) return Descriptor();
        written += static_cast<std::size_t>(step);
    }
    if (file) lseek(file.number(), 0, SEEK_SET);
    return file;
}

int exit_status(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The first line of a file of /proc; empty when there is none.
std::string line_of(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace

std::vector<std::string> environment_for(const Command& command) {
    const std::string home = current_user().home;
    std::vector<std::string> all = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                                    "HOME=" + (home.empty() ? "/" : home)};
    all.insert(all.end(), command.environment.begin(), command.environment.end());
    return all;
}

Result<Descriptor> open_output(const std::filesystem::path& output) {
    Descriptor file(open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    if (file) return file;
    return Error{Fault::unavailable, fmt::format("cannot write {}: {}", output.string(), strerror(errno))};
}

Result<std::string> run(const Command& command, std::chrono::milliseconds patience) {
    const Descriptor input = memory_file(command.input);
    const Descriptor output = memory_file({});
    if (!input || !output) return Error{Fault::unavailable, "no memory for a program's input and output"};
    const pid_t pid = TRY(spawn_with(command, {input.number(), output.number()}));
    pollfd ended{static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
    const Descriptor pidfd(ended.fd);
    const Deadline deadline(patience);
    int ready = 0;
    while (ready <= 0 && !deadline.passed())
        ready = poll(&ended, pidfd ? 1 : 0, static_cast<int>(deadline.left().count()));
    if (ready <= 0) kill(-pid, SIGKILL);
    const int status = exit_status(pid);
    std::string printed = contents_of(output.number());
    if (ready > 0 && status == 0) return printed;
    const std::string name = command.program.filename().string();
    if (ready <= 0) return Error{Fault::unavailable, fmt::format("{} did not come to an end", name)};
    return Error{Fault::unavailable, fmt::format("{} failed: {}", name, last_line(printed))};
}

Result<Process> Process::attach(pid_t pid, const Signaller* signaller) {
    Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd) return Error{Fault::not_found, fmt::format("no process has the id {}", pid)};
    return Process(pid, std::move(pidfd), signaller);
}

Process Process::held(pid_t pid, Descriptor pidfd, const Signaller* signaller) {
    return {pid, std::move(pidfd), signaller};
}

Result<Process> Process::spawn(const Command& command, const std::filesystem::path& output) {
    const Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor log = TRY(open_output(output));
    return spawn(command, nothing.number(), log.number());
}

Result<Process> Process::spawn(const Command& command, int input, int output) {
    const pid_t pid = TRY(spawn_with(command, {input, output}));
    return attach(pid);
}

bool Process::alive() {
    return pid_ != 0 && !ends_within(std::chrono::milliseconds(0));
}

bool Process::ends_within(std::chrono::milliseconds patience) {
    if (!pidfd_) return true;
    const Deadline deadline(patience);
    pollfd ended{pidfd_.number(), POLLIN, 0};
    int ready = 0;
    do ready = poll(&ended, 1, static_cast<int>(deadline.left().count()));
    while (ready < 0 && errno == EINTR);
    if (ready <= 0) return false;
    siginfo_t remains{};
    waitid(P_PIDFD, static_cast<id_t>(pidfd_.number()), &remains, WEXITED | WNOHANG);
    return true;
}

void Process::signal(int number) const {
    if (!pidfd_ || syscall(SYS_pidfd_send_signal, pidfd_.number(), number, nullptr, 0) == 0) return;
    if (errno == EPERM && signaller_ != nullptr)
        static_cast<void>(signaller_->signal(pidfd_.number(), number));
}

User current_user() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> space{};
    const int failure = getpwuid_r(geteuid(), &entry, space.data(), space.size(), &found);
    return failure == 0 && found != nullptr ? User{entry.pw_name, entry.pw_dir} : User{};
}

// The name of a process may hold blanks and brackets itself, so the last bracket is the one that counts.
std::string identity_of(pid_t pid) {
    constexpr std::size_t start_field = 19;  // counted from behind the name
    const std::string line = line_of(fmt::format("/proc/{}/stat", pid));
    const std::size_t name_end = line.rfind(") ");
    if (name_end == std::string::npos) return {};
    const auto fields = split(std::string_view(line).substr(name_end + 2), ' ');
    if (fields.size() <= start_field) return {};
    return fmt::format("{} {} {}", pid, fields[start_field], line_of("/proc/sys/kernel/random/boot_id"));
}

std::vector<pid_t> postgres_processes_in(const std::filesystem::path& directory) {
    std::vector<pid_t> found;
    std::error_code failure;
    const std::filesystem::path wanted = std::filesystem::canonical(directory, failure);
    if (failure) return found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", failure)) {
        const std::optional<unsigned> pid = parse_number<unsigned>(entry.path().filename().string());
        if (!pid) continue;
        std::error_code hidden;
        if (std::filesystem::read_symlink(entry.path() / "cwd", hidden) != wanted || hidden) continue;
        const std::string program = std::filesystem::read_symlink(entry.path() / "exe", hidden).filename();
        if (!hidden && program.starts_with("postgres")) found.push_back(static_cast<pid_t>(*pid));
    }
    return found;
}

std::string environment_of(pid_t pid, std::string_view name) {
    std::ifstream file(fmt::format("/proc/{}/environ", pid), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (const std::string_view variable : split(all, '\0')) {
        const bool named = variable.starts_with(name) && variable.substr(name.size()).starts_with('=');
        if (named) return std::string(variable.substr(name.size() + 1));
    }
    return {};
}

}  // namespace countersign
