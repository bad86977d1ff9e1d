#include "gateway/published_keys.h"

#include <utility>

#include "federation/errors.h"

namespace countersign::gateway {

Result<federation::ProviderKeys::Keys> published_keys(federation::ProviderKeys& known, const Call& call,
                                                      const federation::Provider& provider,
                                                      const std::optional<std::string>& key_id) {
    if (auto keys = known.at_hand(provider, key_id, call.now)) return *std::move(keys);
    const auto fetched = [&known, provider, key_id, now = call.now](std::function<void()> then) {
        return known.fetch_then(provider, key_id, now, std::move(then));
    };
    return come_back(call, fetched,
                     federation::provider_unreachable("The identity provider has not answered yet"));
}

}  // namespace countersign::gateway
