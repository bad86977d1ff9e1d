// Landlock: what a process and its children may still do with files, signals and abstract sockets. The
// numbers are the kernel's (linux/landlock.h), of later versions than the one this is built with.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace countersign::databases::isolation {

inline constexpr int landlock_with_signals = 6;  // the first ABI that keeps signals inside

int landlock_abi();  // 0: the kernel has no Landlock

enum class Access {
    read,          // read and run
    use,           // read and write, as devices are
    change,        // everything but devices, below a directory
    keep_sockets,  // make and remove sockets and plain files, never a link that leads elsewhere
};

struct AllowedPlace {
    std::filesystem::path place;
    Access access = Access::read;
};

// Places that are absent are left out. This process must have given up new privileges before.
Result<void> allow_only(const std::vector<AllowedPlace>& places, int abi);

}  // namespace countersign::databases::isolation
