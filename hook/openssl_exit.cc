// OpenSSL frees all that it holds when its process exits. In a backend that costs 7 to 8 percent of a login's
// CPU and gives nothing back, since the process ends. So PostgreSQL's OpenSSL is asked to leave it out, by
// its own option, in the postmaster and before anything else sets it up, because only then is it heard. Other
// programs that are started with the preload are left alone. Source: OPENSSL_init_crypto(3).
#include <stdint.h>

#include "backend.h"

// Weak: a PostgreSQL may be built without OpenSSL.
extern "C" int OPENSSL_init_crypto(uint64_t options, const void* settings) __attribute__((weak));

namespace countersign::hook {
namespace {

constexpr uint64_t no_cleanup_at_exit = 0x00080000;  // OPENSSL_INIT_NO_ATEXIT

__attribute__((constructor)) void leave_out_cleanup() {
    if (is_postgres() && OPENSSL_init_crypto != nullptr) OPENSSL_init_crypto(no_cleanup_at_exit, nullptr);
}

}  // namespace
}  // namespace countersign::hook
