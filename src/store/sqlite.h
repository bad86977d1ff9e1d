// A store in one SQLite file, for one process. Every acknowledged write is on the disk (WAL,
// synchronous=FULL) and survives kill -9 and a loss of power, unless the
// process forgoes durability (base/files.h). One connection writes; several read without
// waiting for it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/history.h"
#include "store/store.h"

namespace countersign::store {

// Makes the file (mode 0600) in an existing directory, or opens it; FILE.lock, FILE-wal and FILE-shm stand
// beside it. Fault::conflict: another process has it open. Fault::unsupported: it is another application's or
// another version's. Its watches must end before it.
Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file,
                                           const Retention& retention = {});

// What a key of such a file has, which another process may have open.
Result<std::optional<Entry>> read_sqlite(const std::filesystem::path& file, std::string_view key);

}  // namespace countersign::store
