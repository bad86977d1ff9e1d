// PostgreSQL's refusal to create or update an extension ends in a hint to be a superuser, which nobody is in
// a managed server. PostgreSQL has each hint translated before it is sent, by gettext's dcgettext(3); there
// the two of them become what helps. A PostgreSQL that was built without translations keeps its own.
#include <libintl.h>
#include <string.h>

#include "backend.h"
#include "managed.h"
#include "next_definition.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

// Of PostgreSQL 14 to 18.
constexpr const char* superuser_hints[] = {"Must be superuser to create this extension.",
                                           "Must be superuser to update this extension."};

// A format without arguments.
constexpr const char* own_hint =
    "SHOW rds.extensions lists what members of rds_superuser may create, in databases where they have the "
    "CREATE privilege.";

bool is_superuser_hint(const char* text) {
    for (const char* hint : superuser_hints)
        if (strcmp(text, hint) == 0) return true;
    return false;
}

using Translate = char*(const char*, const char*, int);

Translate* translate() {
    static Translate* const next = next_definition<Translate>("dcgettext", "libc.so.6");
    return next;
}

}  // namespace
}  // namespace countersign::hook

COUNTERSIGN_EXPORT char* dcgettext(const char* domain, const char* text, int category) noexcept {
    using namespace countersign::hook;
    if (text != nullptr && is_postgres() && managed_extensions() != nullptr && is_superuser_hint(text))
        return const_cast<char*>(own_hint);
    return translate() == nullptr ? const_cast<char*>(text) : translate()(domain, text, category);
}
