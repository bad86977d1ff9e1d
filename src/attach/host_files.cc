#include "attach/host_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "attach/effective_user.h"
#include "base/files.h"
#include "client/data_dir.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t bytes_max = 4UL * 1024 * 1024;

Error failed(const std::string& what, const fs::path& file) {
    return Error{Fault::denied, fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(errno))};
}

// Whoever may rename files in the directory.
Result<uid_t> owner_of_directory(const fs::path& directory) {
    struct stat facts {};
    if (::stat(directory.c_str(), &facts) != 0) return failed("look at", directory);
    return facts.st_uid;
}

class Draft {
public:
    explicit Draft(const fs::path& file) : path_(file.string() + ".countersign-draft") {
        ::unlink(path_.c_str());
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }
    ~Draft() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (descriptor_ >= 0 && !moved_) ::unlink(path_.c_str());
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    bool write(const std::string& text, const struct stat& like) const {
        return descriptor_ >= 0 && ::write(descriptor_, text.data(), text.size()) == std::ssize(text) &&
               ::fchown(descriptor_, like.st_uid, like.st_gid) == 0 &&
               ::fchmod(descriptor_, like.st_mode & 07777) == 0 && ::fsync(descriptor_) == 0;
    }
    bool move_to(const fs::path& file) {
        moved_ = ::rename(path_.c_str(), file.c_str()) == 0;
        return moved_;
    }

private:
    const std::string path_;
    int descriptor_ = -1;
    bool moved_ = false;
};

void sync_directory(const fs::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

Result<fs::path> real_file(const fs::path& file) {
    std::error_code error;
    fs::path real = fs::canonical(file, error);
    if (error) return Error{Fault::not_found, fmt::format("{}: {}", file.string(), error.message())};
    if (!fs::is_regular_file(real, error))
        return Error{Fault::invalid, fmt::format("{} is not a plain file", real.string())};
    return real;
}

Result<std::string> read_host_file(const fs::path& file) {
    std::error_code error;
    if (fs::file_size(file, error) > bytes_max && !error)
        return Error{Fault::invalid, fmt::format("{} is longer than {} bytes", file.string(), bytes_max)};
    return read_file(file);
}

Result<void> replace_host_file(const fs::path& file, const std::string& text) {
    const uid_t owner = TRY(owner_of_directory(file.parent_path()));
    const EffectiveUser as(owner);
    struct stat like {};
    if (::stat(file.c_str(), &like) != 0) return failed("look at", file);
    Draft draft(file);
    if (!draft.write(text, like) || !draft.move_to(file)) return failed("write", file);
    sync_directory(file.parent_path());
    return {};
}

bool is_roots_own(const fs::path& file) {
    for (fs::path at = file; !at.empty(); at = at.parent_path()) {
        struct stat facts {};
        if (::stat(at.c_str(), &facts) != 0 || facts.st_uid != 0) return false;
        const bool sticky_directory = S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
        if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_directory) return false;
        if (at == at.root_path()) break;
    }
    return true;
}

}  // namespace countersign::attach
