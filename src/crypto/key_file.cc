#include "crypto/key_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "base/files.h"
#include "crypto/seal.h"

namespace countersign::crypto {

namespace {

namespace fs = std::filesystem;

// A file descriptor that is closed when it goes.
class File {
public:
    File(const fs::path& path, int flags, mode_t mode = 0)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

Error failed(const char* what, const fs::path& file, int reason) {
    return Error{
        reason == ENOENT ? Fault::not_found : Fault::internal,
        "cannot " + std::string(what) + " " + file.string() + ": " + std::generic_category().message(reason)};
}

// Up to one byte more than the most keys have, so that a longer file shows.
std::optional<Secret> read_keys(int descriptor) {
    std::array<char, sealing_keys_max * sealing_key_bytes + 1> buffer;
    const WipedAtEnd wiped(buffer.data(), buffer.size());
    std::size_t filled = 0;
    ssize_t got = 1;
    while (got != 0 && filled < buffer.size()) {
        got = ::read(descriptor, buffer.data() + filled, buffer.size() - filled);
        if (got < 0 && errno != EINTR) return std::nullopt;
        if (got > 0) filled += static_cast<std::size_t>(got);
    }
    return Secret(std::string_view(buffer.data(), filled));
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
        if (wrote < 0 && errno != EINTR) return false;
        if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

Result<void> sync_directory(const fs::path& file) {
    if (forgoes_durability()) return {};
    const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const File opened(directory, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open() || ::fsync(opened.descriptor()) != 0) return failed("sync", directory, errno);
    return {};
}

// `owner` is that of the file whose place it takes, if there is one.
Result<void> write_synced(const fs::path& file, const Secret& keys, const struct stat* owner) {
    const File opened(file, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (!opened.is_open()) return failed("create", file, errno);
    if (owner != nullptr && (owner->st_uid != ::geteuid() || owner->st_gid != ::getegid()) &&
        ::fchown(opened.descriptor(), owner->st_uid, owner->st_gid) != 0)
        return failed("give away", file, errno);
    if (!write_all(opened.descriptor(), keys.reveal())) return failed("write", file, errno);
    if (!forgoes_durability() && ::fsync(opened.descriptor()) != 0) return failed("sync", file, errno);
    return {};
}

Result<struct stat> examine(const File& opened, const fs::path& file) {
    struct stat status = {};
    if (::fstat(opened.descriptor(), &status) != 0) return failed("examine", file, errno);
    if (!S_ISREG(status.st_mode)) return Error{Fault::denied, file.string() + " is not a plain file"};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Fault::denied,
                     file.string() + " is open to others than its owner; set its mode to 0600"};
    return status;
}

Result<Secret> read_checked(const File& opened, const fs::path& file) {
    std::optional<Secret> keys = read_keys(opened.descriptor());
    if (!keys) return failed("read", file, errno);
    const std::size_t bytes = keys->reveal().size();
    if (bytes == 0 || bytes % sealing_key_bytes != 0 || bytes > sealing_keys_max * sealing_key_bytes)
        return Error{Fault::invalid, file.string() + " does not hold keys of 32 bytes each"};
    return *std::move(keys);
}

}  // namespace

Result<Secret> read_key_file(const fs::path& file) {
    const File opened(file, O_RDONLY | O_NONBLOCK);
    if (!opened.is_open()) return failed("open", file, errno);
    TRY(examine(opened, file));
    return read_checked(opened, file);
}

Result<void> create_key_file(const fs::path& file, Random& random) {
    fs::path fresh = file;
    fresh += ".new-" + random_uuid(random);
    Result<void> written = write_synced(fresh, Secret(random.bytes(sealing_key_bytes)), nullptr);
    const bool placed = written && ::link(fresh.c_str(), file.c_str()) == 0;
    const int reason = errno;
    ::unlink(fresh.c_str());
    if (!written) return written;
    if (!placed && reason != EEXIST) return failed("create", file, reason);
    return sync_directory(file);
}

Result<Secret> change_key_file(const fs::path& file,
                               const std::function<Result<Secret>(const Secret& keys)>& change) {
    const File opened(file, O_RDONLY | O_NONBLOCK);
    if (!opened.is_open()) return failed("open", file, errno);
    const struct stat status = TRY(examine(opened, file));
    struct stat named = {};
    // Who changes it holds its lock and puts another file in its place.
    if (::flock(opened.descriptor(), LOCK_EX | LOCK_NB) != 0 || ::stat(file.c_str(), &named) != 0 ||
        named.st_ino != status.st_ino)
        return Error{Fault::conflict, file.string() + " is being changed by another process"};
    const Secret before = TRY(read_checked(opened, file));
    Secret keys = TRY(change(before));
    fs::path fresh = file;
    fresh += ".new";
    ::unlink(fresh.c_str());  // of a change that did not come to its end
    const Result<void> written = write_synced(fresh, keys, &status);
    const bool placed = written && ::rename(fresh.c_str(), file.c_str()) == 0;
    const int reason = errno;
    if (!placed) ::unlink(fresh.c_str());
    if (!written) return written.error();
    if (!placed) return failed("replace", file, reason);
    TRY(sync_directory(file));
    return keys;
}

}  // namespace countersign::crypto
