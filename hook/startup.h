// What the client said of itself when it connected, read from the backend's Port. PostgreSQL exports
// MyProcPort but no function for these two, so their places are a table by major version, and every byte is
// read through the kernel: a fork or a version with another layout yields "unknown", never a crash. Its own
// words, for the audit alone: they decide nothing. Source of facts: src/include/libpq/libpq-be.h of
// PostgreSQL 14 to 18.
#pragma once

#include <stdint.h>

#include "wire/login.h"

namespace countersign::hook {

// Empty texts where they are not known.
struct StartupWords {
    char database[wire::database_bytes_max];
    char application[wire::application_bytes_max];
    size_t database_bytes = 0;
    size_t application_bytes = 0;
};

// Where a major version keeps the `char*` members of a Port.
struct PortLayout {
    uint16_t database_name;
    uint16_t user_name;
    uint16_t application_name;
};

// Null for a version that is not known, and where pointers have not eight bytes.
const PortLayout* port_layout(int server_version_num);

// The words in `port`, if the user in it is `user`.
void read_startup_words(const void* port, const PortLayout& layout, const char* user, StartupWords* words);

}  // namespace countersign::hook
