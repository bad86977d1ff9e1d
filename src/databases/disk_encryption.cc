#include "databases/disk_encryption.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "base/files.h"

namespace countersign::databases {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t uuid_bytes_max = 256;
constexpr int depth_max = 16;
// What cryptsetup calls its devices that encrypt; those that only check what is read (CRYPT-INTEGRITY,
// CRYPT-VERITY) do not. Source: cryptsetup, lib/libdevmapper.c.
constexpr std::array<std::string_view, 5> encrypting{"CRYPT-LUKS1-", "CRYPT-LUKS2-", "CRYPT-PLAIN-",
                                                     "CRYPT-TCRYPT-", "CRYPT-BITLK-"};

bool is_encrypted(const fs::path& device, int depth) {
    const Result<std::string> uuid = read_file(device / "dm/uuid", uuid_bytes_max);
    if (uuid && std::ranges::any_of(encrypting, [&](auto kind) { return uuid->starts_with(kind); }))
        return true;
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
