// Files of the server's host that somebody else owns: read whole, and replaced whole or not at all with the
// owner and the mode that they had. A file in a directory of an unprivileged user is written as that user, so
// that nobody can steer root's hand by links.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace countersign::attach {

// A link is followed: the file behind it is meant, and stays where it is. Fault::invalid when it is no plain
// file.
Result<std::filesystem::path> real_file(const std::filesystem::path& file);

Result<std::string> read_host_file(const std::filesystem::path& file);
Result<void> replace_host_file(const std::filesystem::path& file, const std::string& text);

// Owned by root and writable by root alone, up to the root directory: what PAM may load.
bool is_roots_own(const std::filesystem::path& file);

}  // namespace countersign::attach
