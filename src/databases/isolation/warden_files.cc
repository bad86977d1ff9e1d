#include "databases/isolation/warden_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "base/text.h"

namespace countersign::databases::isolation {

namespace {

constexpr int depth_max = 64;
constexpr std::size_t text_bytes_max = std::size_t{1024} * 1024;
constexpr auto unchanged = static_cast<uid_t>(-1);

// The group's bit makes what is made there the group's, too.
constexpr mode_t data_mode = S_ISGID | 0750;  // PostgreSQL takes no wider one
constexpr mode_t log_mode = S_ISGID | 0770;
constexpr mode_t sockets_mode = S_ISVTX | 0770;

Error file_failed(std::string_view what) {
    return Error{Fault::unavailable, fmt::format("cannot {}: {}", what, strerror(errno))};
}

Error not_ours(std::string_view name) {
    return Error{Fault::denied, fmt::format("{} is of another user", name)};
}

// The rights of that user for a while. The real and the saved user stay root, so that no process of that user
// can signal or trace this one.
class As {
public:
    explicit As(uid_t user)
        : done_(::setresgid(unchanged, user, unchanged) == 0 &&
                ::setresuid(unchanged, user, unchanged) == 0) {}
    ~As() {
        if (::setresuid(unchanged, 0, unchanged) != 0 || ::setresgid(unchanged, 0, unchanged) != 0)
            ::_exit(1);
    }
    As(const As&) = delete;
    As& operator=(const As&) = delete;
    explicit operator bool() const { return done_; }

private:
    const bool done_;
};

Result<void> give_directory(const Hands& hands, int directory, mode_t mode, int depth);

Result<void> give_entry(const Hands& hands, int directory, const char* name, int depth) {
    const Descriptor entry(::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat facts {};
    if (!entry || ::fstat(entry.number(), &facts) != 0) return file_failed(fmt::format("look at {}", name));
    if (!hands.may_give(facts.st_uid)) return not_ours(name);
    if (S_ISDIR(facts.st_mode)) {
        const Descriptor inner(::openat(entry.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!inner) return file_failed(fmt::format("enter {}", name));
        return give_directory(hands, inner.number(), data_mode, depth + 1);
    }
    if (!S_ISREG(facts.st_mode) && !S_ISLNK(facts.st_mode)) return {};
    if (facts.st_nlink > 1) return not_ours(name);  // it may have another name, where it is somebody else's
    if (::fchownat(entry.number(), "", hands.user, hands.group, AT_EMPTY_PATH) == 0) return {};
    return file_failed(fmt::format("give {}", name));
}

// The directory itself comes last: as long as it is not given, the whole of it may not be.
Result<void> give_directory(const Hands& hands, int directory, mode_t mode, int depth) {
    if (depth > depth_max) return Error{Fault::invalid, "directories within directories without end"};
    struct stat facts {};
    if (::fstat(directory, &facts) != 0) return file_failed("look at a directory");
    if (!S_ISDIR(facts.st_mode) || !hands.may_give(facts.st_uid)) return not_ours("a directory");
    const int second = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(second < 0 ? nullptr : ::fdopendir(second), ::closedir);
    if (!entries) return file_failed("read a directory");
    while (const dirent* entry = ::readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") TRY(give_entry(hands, directory, entry->d_name, depth));
    }
    if (::fchown(directory, hands.user, hands.group) != 0 || ::fchmod(directory, mode) != 0)
        return file_failed("give a directory");
    return {};
}

// All of it, or an error.
Result<std::string> text_of(int file) {
    struct stat facts {};
    if (::fstat(file, &facts) != 0) return file_failed("look at what is to be written");
    if (static_cast<std::size_t>(facts.st_size) > text_bytes_max)
        return Error{Fault::invalid, fmt::format("a file of {} bytes is too long", facts.st_size)};
    std::string text(static_cast<std::size_t>(facts.st_size), '\0');
    std::size_t read = 0;
    while (read < text.size()) {
        const ssize_t length =
            ::pread(file, text.data() + read, text.size() - read, static_cast<off_t>(read));
        if (length <= 0) return file_failed("read what is to be written");
        read += static_cast<std::size_t>(length);
    }
    return text;
}

Result<void> replace(const Writing& writing, const std::string& text) {
    const std::string fresh = writing.name + ".new";
    ::unlinkat(writing.directory, fresh.c_str(), 0);
    const Descriptor out(::openat(writing.directory, fresh.c_str(),
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    const bool whole =
        out && ::write(out.number(), text.data(), text.size()) == std::ssize(text) &&
        ::fchmod(out.number(), writing.mode & 0777) == 0 && (!writing.synced || ::fsync(out.number()) == 0) &&
        ::renameat(writing.directory, fresh.c_str(), writing.directory, writing.name.c_str()) == 0;
    if (!whole) return file_failed("write " + writing.name);
    if (writing.synced) {
        const Descriptor directory(::openat(writing.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory || ::fsync(directory.number()) != 0) return file_failed("sync a directory");
    }
    return {};
}

std::string contents_of(const std::string& file) {
    std::ifstream in(file);
    std::ostringstream all;
    all << in.rdbuf();
    return std::move(all).str();
}

// The words behind "NAME:" in a file of /proc.
std::vector<std::string> words_after(const std::string& text, std::string_view name) {
    for (const std::string_view line : split(text, '\n')) {
        if (!line.starts_with(name)) continue;
        std::istringstream rest{std::string(line.substr(name.size()))};
        std::vector<std::string> words;
        for (std::string word; rest >> word;) words.push_back(word);
        return words;
    }
    return {};
}

}  // namespace

Result<void> give(const Hands& hands, int directory, Warden::Kind kind) {
    return give_directory(hands, directory, kind == Warden::Kind::log ? log_mode : data_mode, 0);
}

Result<void> admit(const Hands& hands, int directory) {
    struct stat facts {};
    if (::fstat(directory, &facts) != 0) return file_failed("look at a directory");
    if (!S_ISDIR(facts.st_mode) || facts.st_uid != hands.control) return not_ours("a directory for sockets");
    if (::fchown(directory, unchanged, hands.user) != 0 || ::fchmod(directory, sockets_mode) != 0)
        return file_failed("open a directory for sockets");
    return {};
}

Result<void> write_as(const Hands& hands, const Writing& writing) {
    struct stat facts {};
    if (::fstat(writing.directory, &facts) != 0) return file_failed("look at a directory");
    if (!S_ISDIR(facts.st_mode) || facts.st_uid != hands.user) return not_ours("a directory");
    if (writing.name.empty() || writing.name.find('/') != std::string::npos)
        return Error{Fault::invalid, "a file's name has no directory"};
    const std::string text = TRY(text_of(writing.text));
    const As as(hands.user);
    if (!as) return file_failed(fmt::format("write as user {}", hands.user));
    return replace(writing, text);
}

std::vector<uid_t> users_of_process(int pidfd) {
    std::vector<uid_t> users;
    const auto pid = words_after(contents_of(fmt::format("/proc/self/fdinfo/{}", pidfd)), "Pid:");
    if (pid.size() != 1) return {0};
    for (const std::string& word : words_after(contents_of(fmt::format("/proc/{}/status", pid[0])), "Uid:"))
        users.push_back(parse_number<uid_t>(word).value_or(0));
    return users;
}

}  // namespace countersign::databases::isolation
