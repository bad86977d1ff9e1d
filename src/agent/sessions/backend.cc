#include "agent/sessions/backend.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/text.h"

namespace countersign::agent {

namespace {

constexpr std::size_t start_field = 19;  // of /proc/PID/stat, counted from behind the process's name

Error no_process(int pid) {
    return Error{Fault::not_found, "process " + std::to_string(pid) + " has ended"};
}

// What the kernel has of a file of /proc of at most 1 KiB, to the end of the first line; empty when it has
// none.
std::string read_line(const std::string& path) {
    char text[1024];
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t size = file ? ::read(file.number(), text, sizeof text) : -1;
    const std::string_view all(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return std::string(all.substr(0, all.find('\n')));
}

const std::string& boot_id() {
    static const std::string id = read_line("/proc/sys/kernel/random/boot_id");
    return id;
}

// The name may hold blanks and brackets itself, so the last bracket is the one that counts.
Result<std::int64_t> start_of(int pid) {
    const std::string line = read_line("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t name_end = line.rfind(") ");
    if (name_end == std::string::npos) return no_process(pid);
    const auto fields = split(std::string_view(line).substr(name_end + 2), ' ');
    const auto started =
        fields.size() > start_field ? parse_number<std::uint64_t>(fields[start_field]) : std::nullopt;
    if (!started) return no_process(pid);
    return static_cast<std::int64_t>(*started);
}

}  // namespace

Result<Backend> Backend::hold(int pid) {
    Descriptor descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!descriptor && errno == ESRCH) return no_process(pid);
    if (!descriptor)
        return Error{Fault::unavailable,
                     "process " + std::to_string(pid) + " cannot be followed: " + std::strerror(errno)};
    const std::int64_t started = TRY(start_of(pid));
    return Backend({pid, started, boot_id()}, std::move(descriptor));
}

Result<Backend> Backend::find(const ProcessIdentity& identity,
                              const std::filesystem::path& working_directory) {
    if (identity.pid <= 0 || identity.boot_id != boot_id()) return no_process(identity.pid);
    Backend held = TRY(hold(identity.pid));
    if (held.identity().started != identity.started) return no_process(identity.pid);
    if (working_directory.empty()) return held;
    std::error_code error;
    const auto where = std::filesystem::read_symlink("/proc/" + std::to_string(identity.pid) + "/cwd", error);
    if (error || where != working_directory) return no_process(identity.pid);
    return held;
}

Result<void> Backend::terminate(const Terminate& otherwise) const {
    if (::syscall(SYS_pidfd_send_signal, descriptor_.number(), SIGTERM, nullptr, 0) == 0) return {};
    if (errno == ESRCH) return {};  // it has ended by itself
    if (errno == EPERM && otherwise) return otherwise(descriptor_.number());
    return Error{Fault::unavailable,
                 "process " + std::to_string(identity_.pid) + " cannot be ended: " + std::strerror(errno)};
}

}  // namespace countersign::agent
