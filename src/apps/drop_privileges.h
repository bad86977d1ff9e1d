// Root is for the first moments only: whoever starts the server as root gets it running as an unprivileged
// user.
#pragma once

#include <sys/types.h>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace countersign::apps {

struct RunUser {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
};

// Nothing when this process is not root: it stays who it is. As root, the user named, or else who of
// countersign, postgres and nobody has the directory already, or else the first of them that exists.
Result<std::optional<RunUser>> choose_user(const std::string& wanted, const std::filesystem::path& directory);

// Makes the directory (mode 0700) where it is absent, and gives it to the user.
Result<void> prepare_directory(const std::filesystem::path& directory, const std::optional<RunUser>& user);

// Becomes that user for good, in every thread, with none of root's groups.
Result<void> become(const RunUser& user);

// Fault::denied, naming the directory in the way, when this process cannot work in `directory`.
Result<void> check_access(const std::filesystem::path& directory);

}  // namespace countersign::apps
