#include "passfile/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "base/deadline.h"
#include "base/descriptor.h"

namespace countersign::passfile {

namespace {

constexpr std::size_t file_bytes_at_most = std::size_t{4} << 20;
constexpr auto lock_patience = std::chrono::seconds(5);
constexpr auto lock_pause = std::chrono::milliseconds(20);
constexpr int read_safely = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

Error refused(const Path& file, std::string_view why) {
    return Error{Fault::denied, fmt::format("{} is not used: {}", file.string(), why)};
}

Error cannot_open(const Path& file, int number) {
    if (number == ELOOP)
        return refused(file, "it is a link; name the file itself with --file, or remove the link");
    if (number == EISDIR || number == ENXIO) return refused(file, "it is no plain file");
    if (number == EACCES || number == EPERM || number == EROFS) return refused(file, strerror(number));
    return Error{Fault::unavailable, fmt::format("cannot open {}: {}", file.string(), strerror(number))};
}

Result<void> check_facts(const Path& file, const struct stat& facts) {
    if (!S_ISREG(facts.st_mode)) return refused(file, "it is no plain file");
    if (facts.st_uid != ::geteuid()) return refused(file, "it belongs to another user");
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refused(file,
                       fmt::format("others may read or write it, and libpq ignores it; run: chmod 0600 {}",
                                   file.string()));
    return {};
}

bool is_same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// The file with its lock held. One that was replaced before the lock was had is opened anew.
Result<Descriptor> lock_file(const Path& file) {
    for (const Deadline deadline(lock_patience); !deadline.passed();
         std::this_thread::sleep_for(lock_pause)) {
        Descriptor opened(::open(file.c_str(), read_safely | O_CREAT, private_file));
        if (!opened) return cannot_open(file, errno);
        struct stat facts {};
        if (::fstat(opened.number(), &facts) != 0) return cannot_open(file, errno);
        TRY(check_facts(file, facts));
        if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) continue;
        struct stat now {};
        if (::lstat(file.c_str(), &now) == 0 && is_same_file(now, facts)) return opened;
    }
    return Error{Fault::unavailable, fmt::format("another process holds the lock of {}; see: fuser {}",
                                                 file.string(), file.string())};
}

}  // namespace

FileMark mark_of(const Path& file) {
    struct stat facts {};
    if (::lstat(file.c_str(), &facts) != 0) return {};
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {facts.st_dev, facts.st_ino, facts.st_ctim.tv_sec * nanoseconds + facts.st_ctim.tv_nsec};
}

Result<void> put_lines(const Path& file, const std::vector<Line>& lines) {
    const Descriptor locked = TRY(lock_file(file));
    std::string before = TRY(read_server_file(file, file_bytes_at_most));
    const WipedAtEnd wiped_before(before.data(), before.size());
    std::string text = before;
    for (const Line& line : lines) text = with_line(text, line.place, line.password.reveal());
    const WipedAtEnd wiped(text.data(), text.size());
    if (text == before) return {};
    return replace_file(file, text);
}

Result<void> check_file(const Path& file) {
    const Descriptor opened(::open(file.c_str(), read_safely));
    if (!opened && errno == ENOENT) return {};
    if (!opened) return cannot_open(file, errno);
    struct stat facts {};
    if (::fstat(opened.number(), &facts) != 0) return cannot_open(file, errno);
    return check_facts(file, facts);
}

}  // namespace countersign::passfile
