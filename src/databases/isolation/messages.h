// What the control plane and its warden say to each other: words, and open files with them. The warden takes
// nothing in a message for granted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace countersign::databases::isolation {

struct Message {
    std::vector<std::string> words;  // none has a NUL
    std::vector<Descriptor> descriptors;
};

// A pair of connected sockets that keeps messages whole.
Result<std::pair<Descriptor, Descriptor>> connected_pair();

// Fault::unavailable: the other end has gone.
Result<void> send(int socket, const std::vector<std::string>& words, const std::vector<int>& descriptors);

// Waits for the next one. Nothing when the other end has gone; a message that is too long has no words.
std::optional<Message> receive(int socket);

}  // namespace countersign::databases::isolation
