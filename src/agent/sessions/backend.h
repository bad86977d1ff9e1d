// The process of a PostgreSQL backend, held by a pidfd, so that what is done to it reaches it and never
// another process that has got its number. Owns the descriptor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "agent/sockets.h"
#include "base/result.h"

namespace countersign::agent {

// What tells one process from every other that this machine ever ran.
struct ProcessIdentity {
    int pid = 0;
    std::int64_t started = 0;  // in clock ticks since the machine's start
    std::string boot_id;       // of the machine's start
};

// SIGTERM to the process behind a pidfd, by somebody who may send it where this process may not.
using Terminate = std::function<Result<void>(int pidfd)>;

class Backend {
public:
    // The process that has this number now. The caller knows that it is alive meanwhile.
    static Result<Backend> hold(int pid);
    // A process known from earlier; where it worked is looked at unless that is empty. Fault::not_found: it
    // has ended.
    static Result<Backend> find(const ProcessIdentity& identity,
                                const std::filesystem::path& working_directory);

    const ProcessIdentity& identity() const { return identity_; }
    int descriptor() const { return descriptor_.number(); }  // readable once the process has ended

    // SIGTERM: PostgreSQL ends the session with 57P01 and cleans up after it. Never SIGKILL, which would make
    // the whole server start anew.
    Result<void> terminate(const Terminate& otherwise = {}) const;

private:
    Backend(ProcessIdentity identity, Descriptor descriptor)
        : identity_(std::move(identity)), descriptor_(std::move(descriptor)) {}

    ProcessIdentity identity_;
    Descriptor descriptor_;
};

}  // namespace countersign::agent
