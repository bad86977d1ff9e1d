// What the preload does in the servers that Countersign runs itself, and nowhere else: there the postmaster's
// environment names the directory of the extensions that members of rds_superuser may create.
#pragma once

#include <stdlib.h>

namespace countersign::hook {

// Null in every other server, in one that somebody attached among them.
inline const char* managed_extensions() {
    const char* const directory = secure_getenv("COUNTERSIGN_EXTENSIONS");
    return directory != nullptr && directory[0] == '/' ? directory : nullptr;
}

}  // namespace countersign::hook
