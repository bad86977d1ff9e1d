// libcountersign_pam.so: preloaded into the postmaster, it answers PostgreSQL's six pam_* calls for the
// service "countersign" itself and hands every other service, and every other program, on to the real libpam.
// One login per backend, so one handle. The agent's socket is COUNTERSIGN_AGENT_SOCKET. Not for threads: a
// backend has one.
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "login.h"
#include "next_definition.h"
#include "wire/login.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

constexpr const char* own_service = "countersign";
constexpr const char* socket_variable = "COUNTERSIGN_AGENT_SOCKET";

struct Handle {
    pam_conv conversation;
    char user[wire::user_bytes_max + 1];
    char source[wire::source_bytes_max + 1];
    bool allowed;
};

Handle own;

bool is_own(const pam_handle_t* handle) {
    return static_cast<const void*>(handle) == &own;
}

int set_text(char* at, size_t capacity, const void* item) {
    const char* const text = static_cast<const char*>(item);
    const size_t size = text == nullptr ? 0 : strlen(text);
    if (size >= capacity) return PAM_BUF_ERR;
    strncpy(at, text == nullptr ? "" : text, capacity);
    return PAM_SUCCESS;
}

int set_conversation(const void* item) {
    if (item == nullptr) return PAM_PERM_DENIED;
    own.conversation = *static_cast<const pam_conv*>(item);
    return PAM_SUCCESS;
}

// Whatever changes after a verdict, the verdict was not about it.
int set_own_item(int type, const void* item) {
    own.allowed = false;
    switch (type) {
        case PAM_USER:
            return set_text(own.user, sizeof own.user, item);
        case PAM_RHOST:
            return set_text(own.source, sizeof own.source, item);
        case PAM_CONV:
            return set_conversation(item);
        default:
            return PAM_BAD_ITEM;
    }
}

int start_own(const char* user, const pam_conv* conversation, pam_handle_t** handle) {
    memset(&own, 0, sizeof own);
    int code = set_own_item(PAM_CONV, conversation);
    if (code == PAM_SUCCESS) code = set_own_item(PAM_USER, user);
    if (code == PAM_SUCCESS) *handle = reinterpret_cast<pam_handle_t*>(&own);
    return code;
}

int authenticate_own() {
    own.allowed = false;
    const Caller caller = {&own.conversation, own.user, own.source, own_service,
                           secure_getenv(socket_variable)};
    const int code = authenticate(caller);
    own.allowed = code == PAM_SUCCESS;
    return code;
}

// The words of libpam, for the codes that an own handle yields.
const char* describe_code(int code) {
    switch (code) {
        case PAM_SUCCESS:
            return "Success";
        case PAM_PERM_DENIED:
            return "Permission denied";
        case PAM_AUTHINFO_UNAVAIL:
            return "Authentication service cannot retrieve authentication info";
        case PAM_CONV_ERR:
            return "Conversation error";
        case PAM_BUF_ERR:
            return "Memory buffer error";
        case PAM_BAD_ITEM:
            return "Bad item passed to pam_*_item()";
        default:
            return "Unknown PAM error";
    }
}

}  // namespace
}  // namespace countersign::hook

using countersign::hook::is_own;

namespace {

template <class Function>
Function* real(const char* name) {
    return countersign::hook::next_definition<Function>(name, "libpam.so.0");
}

}  // namespace

COUNTERSIGN_EXPORT int pam_start(const char* service, const char* user, const pam_conv* conversation,
                                 pam_handle_t** handle) {
    using namespace countersign::hook;
    if (strcmp(service, own_service) == 0 && is_backend()) {
        return start_own(user, conversation, handle);
    }
    const auto next = real<decltype(pam_start)>("pam_start");
    return next == nullptr ? PAM_ABORT : next(service, user, conversation, handle);
}

COUNTERSIGN_EXPORT int pam_set_item(pam_handle_t* handle, int type, const void* item) {
    if (is_own(handle)) return countersign::hook::set_own_item(type, item);
    const auto next = real<decltype(pam_set_item)>("pam_set_item");
    return next == nullptr ? PAM_ABORT : next(handle, type, item);
}

COUNTERSIGN_EXPORT int pam_authenticate(pam_handle_t* handle, int flags) {
    if (is_own(handle)) return countersign::hook::authenticate_own();
    const auto next = real<decltype(pam_authenticate)>("pam_authenticate");
    return next == nullptr ? PAM_ABORT : next(handle, flags);
}

COUNTERSIGN_EXPORT int pam_acct_mgmt(pam_handle_t* handle, int flags) {
    if (is_own(handle)) return countersign::hook::own.allowed ? PAM_SUCCESS : PAM_PERM_DENIED;
    const auto next = real<decltype(pam_acct_mgmt)>("pam_acct_mgmt");
    return next == nullptr ? PAM_ABORT : next(handle, flags);
}

COUNTERSIGN_EXPORT int pam_end(pam_handle_t* handle, int status) {
    if (is_own(handle)) {
        memset(&countersign::hook::own, 0, sizeof countersign::hook::own);
        return PAM_SUCCESS;
    }
    const auto next = real<decltype(pam_end)>("pam_end");
    return next == nullptr ? PAM_ABORT : next(handle, status);
}

COUNTERSIGN_EXPORT const char* pam_strerror(pam_handle_t* handle, int code) {
    if (is_own(handle)) return countersign::hook::describe_code(code);
    const auto next = real<decltype(pam_strerror)>("pam_strerror");
    return next == nullptr ? "PAM is not installed" : next(handle, code);
}
