// The published keys of OpenID Connect providers, fetched when they are needed and kept for a while. Fetching
// is passed in, and so is who runs it: this floor does no I/O and has no thread of its own, nobody who asks
// ever waits here, and no lock is held meanwhile. Safe to call from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "base/result.h"
#include "federation/jwks.h"

namespace countersign::federation {

struct Provider {
    std::string url;                       // https://…, equal to the issuer of its tokens
    std::vector<std::string> thumbprints;  // of its server's certificates, as registered
    std::string account = {};              // whose registration it is
};

class ProviderKeys {
public:
    // The body of the document at an https:// URL, bounded and within a deadline (http::fetch_published).
    using Fetch = std::function<Result<std::string>(const std::string& url,
                                                    const std::vector<std::string>& thumbprints)>;
    using Keys = std::shared_ptr<const KeySet>;
    using Job = std::function<void()>;
    // Runs a job of that account, soon and elsewhere; false: it will not.
    using Run = std::function<bool(const std::string& account, Job job)>;

    // Then they are fetched again: a key that was replaced under its id is noticed within this time, and what
    // the old one signed is refused.
    static constexpr auto fresh_max = std::chrono::minutes(1);
    static constexpr auto kept_max = std::chrono::hours(24);  // then they are not used at all
    static constexpr auto unknown_pause =
        std::chrono::minutes(1);  // between fetches for unknown key ids alone
    static constexpr auto failure_pause = std::chrono::seconds(10);  // after a fetch that failed
    static constexpr std::size_t providers_max = 256;
    static constexpr std::size_t waiting_max = limits::outside_of_one_max;  // for one provider

    // The clock tells when a fetch has ended.
    ProviderKeys(Fetch fetch, Run run, const Clock& clock)
        : fetch_(std::move(fetch)), run_(std::move(run)), clock_(clock) {}

    // The provider's keys, or why there are none; nothing where they have to be fetched first, because they
    // are old or have no key of that id. A key that is still unknown after that is for verify_jwt to refuse.
    // Codes: IDPCommunicationError, InvalidIdentityToken.
    std::optional<Result<Keys>> at_hand(const Provider& provider, const std::optional<std::string>& key_id,
                                        Instant now);

    // Has the keys fetched, once for all who ask meanwhile, and calls `then` when at_hand() is worth asking
    // again. False: too many wait for this provider, and it is never called.
    bool fetch_then(const Provider& provider, const std::optional<std::string>& key_id, Instant now,
                    Job then);

private:
    // All of it under mutex_.
    struct Entry {
        std::vector<Job> waiting;  // for the fetch under way; none: there is none
        Keys keys;
        Instant fetched;
        std::optional<Instant> tried;
        std::optional<Instant> sought;  // the last try for a key id that the keys did not have
        std::optional<Error> failure;   // of the last try
        Instant used;
    };

    std::shared_ptr<Entry> entry_of(const Provider& provider, Instant now) REQUIRES(mutex_);
    static std::optional<Result<Keys>> settled(const Entry& entry, const std::optional<std::string>& key_id,
                                               Instant now);
    Result<std::string> document(const std::string& url, const Provider& provider) const;
    Result<Keys> fetch_keys(const Provider& provider) const;
    void renew(Entry& entry, const Provider& provider, const std::optional<std::string>& key_id, Instant now);
    void tell_waiting(Entry& entry);
    void forget_oldest() REQUIRES(mutex_);

    const Fetch fetch_;
    const Run run_;
    const Clock& clock_;
    Mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
};

}  // namespace countersign::federation
