// One database login as PAM sees it: gather what the backend knows, ask the client for its token, ask the
// agent, and say in the server's log why a login was refused. Module and preload both are thin doors to this.
// Allows nothing by itself: only the agent's answer does. Not for threads: a backend has one.
#pragma once

#include <security/pam_appl.h>

namespace countersign::hook {

struct Caller {
    const pam_conv* conversation = nullptr;
    const char* user = nullptr;
    const char* source = nullptr;  // null for a connection over a unix socket
    const char* service = nullptr;
    const char* socket = nullptr;  // null when none is configured
    bool pooler_has_tls = false;   // its configuration says so: a pooler, whose clients must come with TLS
};

// PAM_SUCCESS, PAM_PERM_DENIED for a refusal, PAM_CONV_ERR when the client sends no token, and
// PAM_AUTHINFO_UNAVAIL when nobody could decide.
int authenticate(const Caller& caller);

}  // namespace countersign::hook
