#include "agent/login_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "formats/record.h"

namespace countersign::agent {

Result<LoginLog> LoginLog::open(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return Error{Fault::unavailable, "cannot open " + file.string() + ": " + std::strerror(errno)};
    return LoginLog(descriptor);
}

LoginLog::LoginLog(LoginLog&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LoginLog::~LoginLog() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> LoginLog::append(const LoginEntry& entry) const {
    const std::string line = formats::to_record(entry) + '\n';
    // One write() on an O_APPEND file: lines of concurrent logins never mix.
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return {};
    const std::string why = written < 0 ? std::strerror(errno) : "the disk is full";
    return Error{Fault::unavailable, "the login cannot be recorded: " + why};
}

}  // namespace countersign::agent
