// Confines the process that calls it, and whatever it starts, to one database's own places: for servers that
// all run as one user, which the kernel would otherwise let into each other. Made of what the kernel has:
//
//   user, mount and IPC namespaces   the data directory shows this database's places alone, so there is
//                                    nothing else to open, change or connect to in it; shared memory is its
//                                    own; no other process of the same user can be traced or looked into
//   Landlock (from ABI 1)            files outside of its own places and the installed programs stay closed
//   Landlock (from ABI 6)            no signal to, and no abstract socket of, a process outside
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace countersign::databases::isolation {

struct Means {
    bool namespaces = false;
    int landlock = 0;  // its ABI; 0: the kernel has none

    bool any() const { return namespaces || landlock > 0; }
};

// "namespaces, landlock 7"; "nothing"
std::string to_text(const Means& means);
// What an operator should know is not held; empty when everything is.
std::string gaps_of(const Means& means);

struct Places {
    std::filesystem::path dir;      // the control plane's, of which nothing but the following is left
    std::filesystem::path home;     // the server's, below `dir`
    std::filesystem::path run;      // its sockets', below `dir`
    std::filesystem::path library;  // the directory of the login hook; may be empty
    std::filesystem::path program;  // the installed PostgreSQL's `postgres`
    std::vector<std::filesystem::path> further = {};  // programs of other installations that it starts
};

// What this machine has for a process of this user. Tries it in a process of its own, which `prepare` makes
// one of that user's.
Means available_means(const std::filesystem::path& dir, const std::function<bool()>& prepare);

// For the rest of this process's life. Has to be single-threaded. All means named are used or it is an error.
Result<void> enclose(const Places& places, const Means& means);

}  // namespace countersign::databases::isolation
