// Files and trees as databases need them: replaced whole or not at all, and on disk when that is said.
// Safe to call from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::databases::local {

using Path = std::filesystem::path;

bool file_exists(const Path& file);

// Fault::not_found when there is none.
Result<std::string> read_file(const Path& file, std::size_t bytes_max);

// The same of a file that a server may have put there: never through a link, nor from a pipe or device.
Result<std::string> read_server_file(const Path& file, std::size_t bytes_max);

enum class Durability {
    none,    // for files that can be made again, or are made durable together with others
    synced,  // on disk when the call returns
};

// Mode 0600; a reader sees the old text or the new one.
Result<void> replace_file(const Path& file, std::string_view text,
                          Durability durability = Durability::synced);

// Copies a tree of directories and plain files with their modes, sharing blocks where the file system can.
// Files in a directory named `without` are left out.
Result<void> copy_tree(const Path& from, const Path& to, std::string_view without);

// Everything written below this directory, on disk.
Result<void> sync_tree(const Path& directory);

Result<void> make_directory(const Path& directory);  // with its parents, mode 0700; may exist already
Result<void> rename_durably(const Path& from, const Path& to);
Result<void> remove_tree(const Path& directory);  // may be absent already

}  // namespace countersign::databases::local
