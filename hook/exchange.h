// One question to the agent and its answer, over a connection of their own, within one deadline. Never blocks
// beyond it, and ends at once when the server wants the backend to die. Everything but a complete,
// well-formed answer is a failure. Not for threads: a backend has one.
#pragma once

#include "wire/login.h"

namespace countersign::hook {

enum class Failure : uint8_t {
    none,
    absent,       // nobody has made the socket
    refused,      // the socket is there, nobody listens
    forbidden,    // the socket may not be opened
    silent,       // the deadline passed
    closed,       // the agent hung up
    malformed,    // the answer is none
    ending,       // the server ends this backend
    unreachable,  // any other error of the system
};

// The sentence for the log, beginning with a stable word.
const char* describe(Failure failure);

struct Answer {
    Failure failure = Failure::unreachable;
    int system_error = 0;   // errno behind `unreachable`
    wire::AnswerView view;  // points into `bytes`; a refusal unless `failure` is none
    uint8_t bytes[wire::answer_bytes_max + 1];
};

// Whether `path` can name a socket: absolute and short enough.
bool is_socket_path(const char* path);

// Asks the agent at `path`, which must be a socket path.
void exchange(const char* path, const wire::RequestView& request, Answer* answer);

}  // namespace countersign::hook
