// pam_countersign.so: the ordinary PAM module, for servers that Countersign did not start. Its service file:
//   auth    required pam_countersign.so socket=/absolute/path
//   account required pam_countersign.so
// In a connection pooler's service `pooler=tls` states that it takes clients with TLS alone; within
// PostgreSQL, which knows by itself, the argument says nothing. An account passes only behind an
// authentication of the same user in the same handle. Not for threads.
#include <security/pam_appl.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"
#include "login.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

constexpr const char* allowed_user = "countersign_allowed_user";
constexpr const char* socket_argument = "socket=";
constexpr const char* pooler_argument = "pooler=tls";

void free_user(pam_handle_t*, void* user, int) {
    free(user);
}

template <class Item>
const Item* item(const pam_handle_t* handle, int type) {
    const void* found = nullptr;
    return pam_get_item(handle, type, &found) == PAM_SUCCESS ? static_cast<const Item*>(found) : nullptr;
}

struct Arguments {
    const char* socket = nullptr;
    bool pooler_has_tls = false;
};

// No socket when an argument is not known: a mistyped one must not be passed over.
Arguments read_arguments(int count, const char** given) {
    const size_t name_bytes = strlen(socket_argument);
    Arguments arguments;
    for (int i = 0; i < count; ++i) {
        if (strcmp(given[i], pooler_argument) == 0)
            arguments.pooler_has_tls = true;
        else if (strncmp(given[i], socket_argument, name_bytes) == 0)
            arguments.socket = given[i] + name_bytes;
        else
            return {};
    }
    return arguments;
}

int remember(pam_handle_t* handle, const char* user) {
    char* const copy = user == nullptr ? nullptr : strdup(user);
    if (copy == nullptr) return PAM_BUF_ERR;
    const int code = pam_set_data(handle, allowed_user, copy, free_user);
    if (code != PAM_SUCCESS) free(copy);
    return code;
}

}  // namespace
}  // namespace countersign::hook

COUNTERSIGN_EXPORT int pam_sm_authenticate(pam_handle_t* handle, int, int count, const char** given) {
    using namespace countersign::hook;
    pam_set_data(handle, allowed_user, nullptr, nullptr);
    const Arguments arguments = read_arguments(count, given);
    const Caller caller = {item<pam_conv>(handle, PAM_CONV),
                           item<char>(handle, PAM_USER),
                           item<char>(handle, PAM_RHOST),
                           item<char>(handle, PAM_SERVICE),
                           arguments.socket,
                           arguments.pooler_has_tls};
    const int code = authenticate(caller);
    return code == PAM_SUCCESS ? remember(handle, caller.user) : code;
}

COUNTERSIGN_EXPORT int pam_sm_acct_mgmt(pam_handle_t* handle, int, int, const char**) {
    using namespace countersign::hook;
    const void* allowed = nullptr;
    const char* const user = item<char>(handle, PAM_USER);
    if (pam_get_data(handle, allowed_user, &allowed) != PAM_SUCCESS) return PAM_PERM_DENIED;
    if (allowed == nullptr || user == nullptr) return PAM_PERM_DENIED;
    return strcmp(static_cast<const char*>(allowed), user) == 0 ? PAM_SUCCESS : PAM_PERM_DENIED;
}

// There are no credentials to establish; failing here would refuse programs that ask after a good login.
COUNTERSIGN_EXPORT int pam_sm_setcred(pam_handle_t*, int, int, const char**) {
    return PAM_SUCCESS;
}
