// The published keys of OpenID Connect providers, fetched when they are needed and kept for a while. Fetching
// is passed in, so that this floor does no I/O of its own; no lock that others need is held meanwhile.
// Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "federation/jwks.h"

namespace countersign::federation {

struct Provider {
    std::string url;                       // https://…, equal to the issuer of its tokens
    std::vector<std::string> thumbprints;  // of its server's certificates, as registered
};

class ProviderKeys {
public:
    // The body of the document at an https:// URL, bounded and within a deadline (http::fetch_published).
    using Fetch = std::function<Result<std::string>(const std::string& url,
                                                    const std::vector<std::string>& thumbprints)>;
    using Keys = std::shared_ptr<const KeySet>;

    static constexpr auto fresh_max = std::chrono::hours(1);  // then they are fetched again
    static constexpr auto kept_max = std::chrono::hours(24);  // then they are not used at all
    static constexpr auto unknown_pause =
        std::chrono::minutes(1);  // between fetches for unknown key ids alone
    static constexpr auto failure_pause = std::chrono::seconds(10);  // after a fetch that failed
    static constexpr std::size_t providers_max = 256;

    explicit ProviderKeys(Fetch fetch) : fetch_(std::move(fetch)) {}

    // The provider's keys, fetched anew when they are old or have no key of that id. While one thread
    // fetches, others get the keys that are there; only the very first wait. A key that is still unknown is
    // for verify_jwt to refuse. Codes: IDPCommunicationError, InvalidIdentityToken.
    Result<Keys> keys_for(const Provider& provider, const std::optional<std::string>& key_id, Instant now);

private:
    struct Entry {
        std::mutex turn;  // held by the one who fetches
        // Under mutex_:
        Keys keys;
        Instant fetched;
        std::optional<Instant> tried;
        std::optional<Instant> sought;  // the last try for a key id that the keys did not have
        std::optional<Error> failure;   // of the last try
        Instant used;
    };

    std::shared_ptr<Entry> entry_of(const Provider& provider, Instant now);
    std::optional<Result<Keys>> settled(const Entry& entry, const std::optional<std::string>& key_id,
                                        Instant now) const;
    Keys kept(const Entry& entry, Instant now) const;
    Result<std::string> document(const std::string& url, const Provider& provider) const;
    Result<Keys> fetch_keys(const Provider& provider) const;
    Result<Keys> renew(Entry& entry, const Provider& provider, const std::optional<std::string>& key_id,
                       Instant now);
    void forget_oldest();

    const Fetch fetch_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
};

}  // namespace countersign::federation
