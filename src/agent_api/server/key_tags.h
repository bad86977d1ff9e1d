// Names for the store's keys and prefixes that tell an agent nothing: 64 bits of a keyed hash. The same on
// every node and after every start. A value; safe to use from any thread.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "agent_api/protocol/protocol.h"
#include "base/secret.h"

namespace countersign::agent_api::server {

using agent_api::KeyTag;

class KeyTags {
public:
    explicit KeyTags(Secret key) : key_(std::move(key)) {}

    // Of a key, or of a prefix that ends with '/'.
    KeyTag of(std::string_view source) const;
    std::vector<KeyTag> of(const std::vector<std::string>& sources) const;
    // Of a key that changed: its own, and that of the prefix right above it.
    std::vector<KeyTag> of_change(std::string_view key) const;

private:
    Secret key_;
};

}  // namespace countersign::agent_api::server
