// What the warden does with files, for a user of its range: nothing is followed by name, and nothing is
// touched that is neither the control plane's user's nor that user's.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "databases/isolation/warden.h"

namespace countersign::databases::isolation {

struct Hands {
    uid_t control = 0;  // whom the control plane runs as
    gid_t group = 0;
    UserRange users;
    uid_t user = 0;  // for whom

    // A giving that was cut short left files with another user of the range.
    bool may_give(uid_t owner) const { return owner == control || users.holds(owner); }
};

Result<void> give(const Hands& hands, int directory, Warden::Kind kind);
Result<void> admit(const Hands& hands, int directory);

struct Writing {
    int directory = -1;
    int text = -1;  // a file with what is to be written
    std::string name;
    unsigned mode = 0;
    bool synced = false;
};
Result<void> write_as(const Hands& hands, const Writing& writing);

// Real, effective, saved and of the file system; of nobody when it has ended.
std::vector<uid_t> users_of_process(int pidfd);

}  // namespace countersign::databases::isolation
