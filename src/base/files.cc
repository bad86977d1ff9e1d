#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "base/descriptor.h"

namespace countersign {

namespace {

Error failed(std::string_view what, const Path& file, int number) {
    return Error{Fault::unavailable, fmt::format("cannot {} {}: {}", what, file.string(), strerror(number))};
}

Result<void> write_all(int descriptor, std::string_view text, const Path& file) {
    while (!text.empty()) {
        const ssize_t step = write(descriptor, text.data(), text.size());
        if (step < 0 && errno == EINTR) continue;
        if (step <= 0) return failed("write", file, errno);
        text.remove_prefix(static_cast<std::size_t>(step));
    }
    return {};
}

bool without_durability = false;

Result<void> sync_directory(const Path& directory) {
    const Descriptor open_directory(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_directory || fsync(open_directory.number()) != 0) return failed("sync", directory, errno);
    return {};
}

Result<void> sync_everything_in(const Path& directory) {
    const Descriptor open_directory(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!open_directory || syncfs(open_directory.number()) != 0) return failed("sync", directory, errno);
    return {};
}

Result<void> rename_tree(const Path& from, const Path& to) {
    if (rename(from.c_str(), to.c_str()) != 0) return failed("rename", from, errno);
    return {};
}

// Where the kernel does not copy between the two file systems by itself.
Result<void> copy_through_memory(int from, int to, const Path& file) {
    std::string piece(std::size_t{64} * 1024, '\0');
    ssize_t length = 0;
    while ((length = read(from, piece.data(), piece.size())) > 0)
        TRY(write_all(to, {piece.data(), static_cast<std::size_t>(length)}, file));
    if (length < 0) return failed("copy", file, errno);
    return {};
}

Result<void> copy_bytes(int from, int to, const Path& file) {
    if (ioctl(to, FICLONE, from) == 0) return {};
    constexpr std::size_t step_bytes = std::size_t{1} << 30;
    ssize_t copied = 0;
    do copied = copy_file_range(from, nullptr, to, nullptr, step_bytes, 0);
    while (copied > 0);
    if (copied < 0 && (errno == EXDEV || errno == EOPNOTSUPP)) return copy_through_memory(from, to, file);
    if (copied < 0) return failed("copy", file, errno);
    return {};
}

Result<void> copy_file(const Path& from, const Path& to, unsigned mode) {
    const Descriptor in(open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!in) return failed("read", from, errno);
    const Descriptor out(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!out) return failed("write", to, errno);
    return copy_bytes(in.number(), out.number(), from);
}

// Directories are made even where files are left out.
Result<void> copy_entry(const std::filesystem::directory_entry& entry, const Path& to, bool file_left_out) {
    std::error_code failure;
    const std::filesystem::file_status status = entry.symlink_status(failure);
    if (failure) return failed("read", entry.path(), failure.value());
    const auto mode = static_cast<unsigned>(status.permissions());
    if (status.type() != std::filesystem::file_type::directory)
        return file_left_out ? Result<void>() : copy_file(entry.path(), to, mode);
    if (mkdir(to.c_str(), mode) != 0) return failed("make", to, errno);
    return {};
}

Error unreadable(const Path& file, int number) {
    Error error = failed("read", file, number);
    if (number == ENOENT) error.fault = Fault::not_found;
    return error;
}

Result<std::string> contents(const Descriptor& in, const Path& file, std::size_t bytes_max) {
    std::string text;
    std::string piece(std::size_t{16} * 1024, '\0');
    ssize_t length = 0;
    while ((length = read(in.number(), piece.data(), piece.size())) > 0) {
        text.append(piece, 0, static_cast<std::size_t>(length));
        if (text.size() > bytes_max)
            return Error{Fault::invalid, fmt::format("{} is too long", file.string())};
    }
    if (length < 0) return failed("read", file, errno);
    return text;
}

}  // namespace

void forgo_durability() {
    without_durability = true;
}

bool forgoes_durability() {
    return without_durability;
}

bool file_exists(const Path& file) {
    return access(file.c_str(), F_OK) == 0;
}

Result<std::string> read_file(const Path& file, std::size_t bytes_max) {
    const Descriptor in(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in) return unreadable(file, errno);
    return contents(in, file, bytes_max);
}

Result<std::string> read_server_file(const Path& file, std::size_t bytes_max) {
    const Descriptor in(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts {};
    if (!in || fstat(in.number(), &facts) != 0) return unreadable(file, errno);
    if (!S_ISREG(facts.st_mode)) return unreadable(file, EINVAL);
    return contents(in, file, bytes_max);
}

Result<void> replace_file(const Path& file, std::string_view text, Durability durability, unsigned mode) {
    const Path fresh = file.string() + ".new";
    const bool synced = durability == Durability::synced && !without_durability;
    {
        unlink(fresh.c_str());  // whatever a server's processes may have put there is not written through
        constexpr int anew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const Descriptor out(open(fresh.c_str(), anew, 0600));
        if (!out || fchmod(out.number(), mode) != 0) return failed("write", fresh, errno);
        TRY(write_all(out.number(), text, fresh));
        if (synced && fsync(out.number()) != 0) return failed("sync", fresh, errno);
    }
    if (rename(fresh.c_str(), file.c_str()) != 0) return failed("replace", file, errno);
    if (synced) return sync_directory(file.parent_path());
    return {};
}

Result<void> copy_tree(const Path& from, const Path& to, std::string_view without) {
    TRY(make_directory(to));
    std::error_code failure;
    std::filesystem::recursive_directory_iterator entries(from, failure);
    const std::filesystem::recursive_directory_iterator end;
    for (; !failure && entries != end; entries.increment(failure)) {
        const bool left_out = entries->path().parent_path().filename() == without;
        TRY(copy_entry(*entries, to / entries->path().lexically_relative(from), left_out));
    }
    if (failure) return failed("copy", from, failure.value());
    return {};
}

Result<void> sync_tree(const Path& directory) {
    return without_durability ? Result<void>() : sync_everything_in(directory);
}

Result<void> make_directory(const Path& directory) {
    std::error_code failure;
    std::filesystem::create_directories(directory.parent_path(), failure);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failed("make", directory, errno);
    return {};
}

Result<void> rename_durably(const Path& from, const Path& to) {
    TRY(rename_tree(from, to));
    return without_durability ? Result<void>() : sync_directory(to.parent_path());
}

Result<void> exchange_durably(const Path& one, const Path& other) {
    if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0)
        return failed("exchange", one, errno);
    return without_durability ? Result<void>() : sync_directory(one.parent_path());
}

Result<void> rename_outlasting(const Path& from, const Path& to) {
    TRY(sync_everything_in(from));
    TRY(rename_tree(from, to));
    return sync_directory(to.parent_path());
}

// A program whose parent was killed may still write there, or clean up: what changes meanwhile is tried
// again.
Result<void> remove_tree(const Path& directory) {
    constexpr int attempts_max = 250;
    constexpr auto pause = std::chrono::milliseconds(20);
    std::error_code failure;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        std::filesystem::remove_all(directory, failure);
        if (!failure && !file_exists(directory)) return {};
        const bool changing = !failure || failure == std::errc::no_such_file_or_directory ||
                              failure == std::errc::directory_not_empty;
        if (!changing) break;
        std::this_thread::sleep_for(pause);
    }
    return failed("remove", directory, failure.value());
}

}  // namespace countersign
