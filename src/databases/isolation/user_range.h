// The operating system users of databases: numbers that belong to no account of the machine, one for each
// database. Values; no I/O.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/result.h"

namespace countersign::databases::isolation {

// The default lies above what distributions, useradd, systemd and subordinate ids give away.
struct UserRange {
    uid_t first = 1'900'000'000;
    uid_t last = 1'999'999'999;

    // The last one is no database's: who ends a database's processes is that user meanwhile, so that none of
    // them can end it.
    uid_t ender() const { return last; }
    bool holds(uid_t user) const { return user >= first && user < last; }
    uid_t count() const { return last - first; }
};

// "FIRST-LAST". Fault::invalid for anything else, and for a range with room for none or with accounts that
// every machine has.
Result<UserRange> parse_user_range(std::string_view text);

}  // namespace countersign::databases::isolation
