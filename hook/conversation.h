// The two things that the login hook says to the program that asked it: "the password, please" and "this is
// why not". Not for threads: a backend has one.
#pragma once

#include <security/pam_appl.h>

#include "wire/login.h"

namespace countersign::hook {

// The longest reason, the login's id, and the words around them; what is longer is cut.
inline constexpr size_t complaint_bytes_max = wire::reason_bytes_max + 64;

// What the client sent as its password, for wipe_and_free(); null when it sent none. May never return:
// PostgreSQL ends the backend when the client is gone.
char* ask_for_token(const pam_conv& conversation);

void wipe_and_free(char* token);

// One line in PostgreSQL's log. What is not printable ASCII becomes a question mark.
void complain(const pam_conv& conversation, const char* sentence);

}  // namespace countersign::hook
