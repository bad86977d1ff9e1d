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
FILE* open_prepared(const char* path, const char* mode) {
    if (!ends_with(path, suffix) || !is_backend()) return nullptr;
    const char* const directory = managed_extensions();
    const char* const name = directory == nullptr ? nullptr : name_among_extensions(path);
    if (name == nullptr || !may_create_extensions()) return nullptr;
    char prepared[path_bytes_max];
    const int size = snprintf(prepared, sizeof prepared, "%s/%s", directory, name);
    if (size < 0 || static_cast<size_t>(size) >= sizeof prepared) return nullptr;
    const auto next = next_definition<decltype(fopen)>("fopen", "libc.so.6");
    return next == nullptr ? nullptr : next(prepared, mode);
}

FILE* open_file(const char* function, const char* path, const char* mode) {
    FILE* const prepared = open_prepared(path, mode);
    if (prepared != nullptr) return prepared;
    const auto next = next_definition<decltype(fopen)>(function, "libc.so.6");
    if (next != nullptr) return next(path, mode);
    errno = ENOSYS;
    return nullptr;
}

}  // namespace
}  // namespace countersign::hook

COUNTERSIGN_EXPORT FILE* fopen(const char* path, const char* mode) {
    return countersign::hook::open_file("fopen", path, mode);
}

// The name by which a program that was built for large files calls it.
COUNTERSIGN_EXPORT FILE* fopen64(const char* path, const char* mode) {
    return countersign::hook::open_file("fopen64", path, mode);
}
