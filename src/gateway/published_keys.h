// The published keys of an OpenID Connect provider, for a call that verifies a token of it. Safe to call from
// any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "federation/provider_keys.h"
#include "gateway/operation.h"

namespace countersign::gateway {

// The keys as they are known; a call that comes before that is made again when they are. Code
// IDPCommunicationError.
Result<federation::ProviderKeys::Keys> published_keys(federation::ProviderKeys& known, const Call& call,
                                                      const federation::Provider& provider,
                                                      const std::optional<std::string>& key_id);

}  // namespace countersign::gateway
