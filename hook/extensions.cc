// RDS lets members of rds_superuser create extensions that PostgreSQL leaves to superusers. PostgreSQL has
// the way for it: it runs the script of a "trusted" extension as the superuser that initdb made, for whoever
// may CREATE in the database, with a search_path of its own. Whether an extension is trusted stands in its
// control file. So a member of rds_superuser who has PostgreSQL open SHAREDIR/extension/NAME.control is given
// DIR/NAME.control, where there is one: the control plane's copy, which says "trusted" and names a directory
// with copies of the scripts. Nothing else changes for the member, and nothing at all for others. Whatever is
// not known here leaves the installed file. Sources: PostgreSQL's documentation, "Packaging Related Objects
// into an Extension"; PostgreSQL 14 to 18 open control files by fopen(3).
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "managed.h"
#include "next_definition.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

constexpr const char* folder = "/extension/";
constexpr const char* suffix = ".control";
constexpr size_t path_bytes_max = 2048;

using Open = FILE*(const char*, const char*);

bool ends_with(const char* text, const char* end) {
    const size_t size = strlen(text);
    const size_t end_size = strlen(end);
    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

// The file's name within SHAREDIR/extension; null for one that lies elsewhere.
const char* name_among_extensions(const char* path) {
    char share[share_path_bytes];
    if (!share_path(share)) return nullptr;
    const size_t share_size = strlen(share);
    if (strncmp(path, share, share_size) != 0) return nullptr;
    if (strncmp(path + share_size, folder, strlen(folder)) != 0) return nullptr;
    const char* const name = path + share_size + strlen(folder);
    return strchr(name, '/') == nullptr ? name : nullptr;
}

// Null: the installed file is the one to open. May leave by longjmp(), as its callers in PostgreSQL expect of
// anything but fopen(): nothing is held.
FILE* open_prepared(Open* next, const char* path, const char* mode) {
    if (!ends_with(path, suffix) || !is_backend()) return nullptr;
    const char* const directory = managed_extensions();
    const char* const name = directory == nullptr ? nullptr : name_among_extensions(path);
    if (name == nullptr || !may_create_extensions()) return nullptr;
    char prepared[path_bytes_max];
    const int size = snprintf(prepared, sizeof prepared, "%s/%s", directory, name);
    if (size < 0 || static_cast<size_t>(size) >= sizeof prepared) return nullptr;
    return next(prepared, mode);
}

FILE* open_file(Open* next, const char* path, const char* mode) {
    if (next == nullptr) {
        errno = ENOSYS;
        return nullptr;
    }
    FILE* const prepared = open_prepared(next, path, mode);
    return prepared != nullptr ? prepared : next(path, mode);
}

}  // namespace
}  // namespace countersign::hook

// Looked up once, in the postmaster: every login opens files.
COUNTERSIGN_EXPORT FILE* fopen(const char* path, const char* mode) {
    using namespace countersign::hook;
    static Open* const next = next_definition<Open>("fopen", "libc.so.6");
    return open_file(next, path, mode);
}

// The name by which a program that was built for large files calls it.
COUNTERSIGN_EXPORT FILE* fopen64(const char* path, const char* mode) {
    using namespace countersign::hook;
    static Open* const next = next_definition<Open>("fopen64", "libc.so.6");
    return open_file(next, path, mode);
}
