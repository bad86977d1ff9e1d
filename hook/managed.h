// What the preload does in the servers that Countersign runs itself, and nowhere else: there the postmaster's
// environment says so, and names the directory of the extensions that members of rds_superuser may create.
#pragma once

#include <stdlib.h>
#include <string.h>

namespace countersign::hook {

// False in every other server, in one that somebody attached among them.
inline bool is_managed() {
    return secure_getenv("COUNTERSIGN_MANAGED") != nullptr;
}

// Whether pg_upgrade fills this server, as its environment says.
inline bool is_restoring() {
    const char* const managed = secure_getenv("COUNTERSIGN_MANAGED");
    return managed != nullptr && strcmp(managed, "restoring") == 0;
}

// Null in every other server, and where none can be created.
inline const char* managed_extensions() {
    const char* const directory = secure_getenv("COUNTERSIGN_EXTENSIONS");
    return directory != nullptr && directory[0] == '/' ? directory : nullptr;
}

}  // namespace countersign::hook
