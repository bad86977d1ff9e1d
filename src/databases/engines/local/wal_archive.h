// WAL that servers have finished, one file a segment, compressed: DIR/databases/RESOURCE-ID/wal/NAME.zst. The
// servers put it there; a name says where a segment stands in its timeline. Safe to call from any thread.
//
// Source: PostgreSQL documentation, "Continuous Archiving and Point-in-Time Recovery (PITR)".
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"

namespace countersign::databases::local {

// Where that of a server is, also of one whose backups outlived it.
Path wal_of(const Path& dir, const std::string& resource_id);

// When the newest segment was put there: until then everything is there, if nothing was lost.
std::optional<Instant> archived_until(const Path& archive);

// Removes what was put there before that time. May be repeated.
Result<void> forget_archived(const Path& archive, Instant before);

// Copies what is needed to come from one time to another, none: to the end. An error where some of it was
// lost.
struct ReplayedTime {
    Instant since;
    std::optional<Instant> until;
};
Result<void> copy_archived(const Path& archive, const ReplayedTime& time, const Path& copy);

}  // namespace countersign::databases::local
