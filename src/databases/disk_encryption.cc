#include "databases/disk_encryption.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <system_error>

#include "base/files.h"

namespace countersign::databases {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t uuid_bytes_max = 256;
constexpr int depth_max = 16;

bool is_encrypted(const fs::path& device, int depth) {
    const Result<std::string> uuid = read_file(device / "dm/uuid", uuid_bytes_max);
    if (uuid && uuid->starts_with("CRYPT-")) return true;
    if (depth == depth_max) return false;
    bool some = false;
    std::error_code absent;
    for (const fs::directory_entry& below : fs::directory_iterator(device / "slaves", absent)) {
        if (!is_encrypted(below.path(), depth + 1)) return false;
        some = true;
    }
    return some;
}

}  // namespace

bool is_encrypted_device(unsigned major, unsigned minor, const fs::path& sys) {
    return is_encrypted(sys / "dev/block" / fmt::format("{}:{}", major, minor), 0);
}

bool is_on_encrypted_device(const fs::path& file, const fs::path& sys) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return false;
    return is_encrypted_device(major(facts.st_dev), minor(facts.st_dev), sys);
}

}  // namespace countersign::databases
