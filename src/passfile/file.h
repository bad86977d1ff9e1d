// A password file that others read and write too: changed with a lock held, replaced whole, and never taken
// from where somebody else could have put it. Safe to call from any thread and process.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/secret.h"
#include "passfile/line.h"

namespace countersign::passfile {

struct Line {
    Place place;
    Secret password;
};

// Tells a file from one that was changed or put in its place.
struct FileMark {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t changed = 0;  // nanoseconds

    friend bool operator==(const FileMark&, const FileMark&) = default;
};
FileMark mark_of(const Path& file);  // all zero: there is none

// Puts the lines in (line.h), and makes the file where there is none; writes nothing where all are there.
// Waits for whoever holds the lock for at most five seconds. Fault::denied, with the next step: the file is a
// link, another user's, or open to others, as libpq would ignore it.
Result<void> put_lines(const Path& file, const std::vector<Line>& lines);

// The same refusals without a change.
Result<void> check_file(const Path& file);

}  // namespace countersign::passfile
