// Files and trees: replaced whole or not at all, and on disk when that is said.
// Safe to call from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign {

using Path = std::filesystem::path;

bool file_exists(const Path& file);

// The most that is read of a file that this program or its administrator wrote, where nothing else is said.
inline constexpr std::size_t file_bytes_max = std::size_t{64} << 20;

// Fault::not_found when there is none.
Result<std::string> read_file(const Path& file, std::size_t bytes_max = file_bytes_max);

// The same of a file that a server may have put there: never through a link, nor from a pipe or device.
Result<std::string> read_server_file(const Path& file, std::size_t bytes_max);

enum class Durability {
    none,    // for files that can be made again, or are made durable together with others
    synced,  // on disk when the call returns
};

// From here on nothing that this process writes is synced, but for rename_outlasting(): for data that is
// taken away at its end. Call it before the first thread; processes that are forked inherit it.
void forgo_durability();
bool forgoes_durability();

inline constexpr unsigned private_file = 0600;
inline constexpr unsigned readable_file = 0644;

// A reader sees the old text or the new one. The mode is exactly this one, whatever the umask.
Result<void> replace_file(const Path& file, std::string_view text, Durability durability = Durability::synced,
                          unsigned mode = private_file);

// Copies a tree of directories and plain files with their modes, sharing blocks where the file system can.
// Files in a directory named `without` are left out.
Result<void> copy_tree(const Path& from, const Path& to, std::string_view without);

// Everything written below this directory, on disk.
Result<void> sync_tree(const Path& directory);

Result<void> make_directory(const Path& directory);  // with its parents, mode 0700; may exist already
Result<void> rename_durably(const Path& from, const Path& to);
// Two trees that exist change names, at once.
Result<void> exchange_durably(const Path& one, const Path& other);
// Renames a tree, all of it on disk, whatever else this process forgoes: for what outlasts it.
Result<void> rename_outlasting(const Path& from, const Path& to);
Result<void> remove_tree(const Path& directory);  // may be absent already

}  // namespace countersign
