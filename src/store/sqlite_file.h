// The file of a SQLite store: made once with mode 0600, used by one process at a time, recognised before use.
// Source: sqlite.org/fileformat.html (application id), sqlite.org/wal.html.
#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"
#include "store/statement.h"

namespace countersign::store {

// Holds FILE.lock for as long as it lives; the kernel lets go of it when the process ends in any way.
class FileLock {
public:
    static Result<FileLock> take(const std::filesystem::path& file);
    FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

// The file as a store of this version: made or recognised, checked for damage (a large one only when it was
// not closed), in WAL mode. Needs the lock: closing any descriptor of the file would drop the locks of a
// connection in this process.
Result<void> prepare_file(const std::filesystem::path& file);

// A connection that writes what it commits to the disk before it says so, unless this process forgoes
// durability.
Result<Connection> open_writing(const std::filesystem::path& file);
// A connection that cannot write.
Result<Connection> open_reading(const std::filesystem::path& file);

}  // namespace countersign::store
