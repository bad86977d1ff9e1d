#include "federation/provider_keys.h"

#include <algorithm>

#include "base/text.h"
#include "federation/claims.h"
#include "federation/errors.h"
#include "formats/json.h"

namespace countersign::federation {

namespace {

constexpr std::size_t discovery_bytes_max = 256UL * 1024;
constexpr std::size_t url_bytes_max = 2048;
constexpr std::string_view discovery_path = "/.well-known/openid-configuration";

// Either way: a clock that was set back makes keys old, not young for ever.
std::chrono::milliseconds age(Instant then, Instant now) {
    return now < then ? then - now : now - then;
}

// An https:// URL with a host, and nothing in it that a URL cannot have.
bool is_https_url(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    const bool is_plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7F && c != '\\'; });
    if (!is_plain || url.size() > url_bytes_max || !url.starts_with(scheme)) return false;
    const std::string_view authority =
        url.substr(scheme.size(), url.find_first_of("/?#", scheme.size()) - scheme.size());
    return !authority.empty() && authority.find('@') == std::string_view::npos &&
           url.find('#') == std::string_view::npos;
}

bool knows(const ProviderKeys::Keys& keys, const std::optional<std::string>& key_id) {
    return keys && (!key_id || keys->has(*key_id));
}

// Where the provider publishes its keys, as its discovery document says.
Result<std::string> keys_url(std::string_view discovery, const Provider& provider) {
    if (discovery.size() > discovery_bytes_max)
        return invalid_token("The identity provider's openid-configuration is too large");
    const auto document = formats::parse_json(discovery);
    const auto* root = document ? document->if_object() : nullptr;
    if (!root) return invalid_token("The identity provider's openid-configuration is not a JSON object");
    if (text_member(*root, "issuer") != std::string_view(provider.url))
        return invalid_token("The identity provider's openid-configuration names another issuer");
    const auto url = text_member(*root, "jwks_uri");
    if (!url || !is_https_url(*url))
        return invalid_token("The identity provider's openid-configuration has no https:// jwks_uri");
    return std::string(*url);
}

}  // namespace

Result<std::string> ProviderKeys::document(const std::string& url, const Provider& provider) const {
    auto fetched = fetch_(url, provider.thumbprints);
    if (fetched) return fetched;
    if (fetched.error().fault == Fault::unauthenticated)
        return invalid_token(
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint");
    // No more than that: whoever calls has proved nothing yet.
    return provider_unreachable("Couldn't fetch " + url + " from the identity provider");
}

Result<ProviderKeys::Keys> ProviderKeys::fetch_keys(const Provider& provider) const {
    if (!is_https_url(provider.url)) return invalid_token("The identity provider's URL is not https://");
    std::string discovery_url = provider.url;
    if (discovery_url.ends_with('/')) discovery_url.pop_back();
    const std::string discovery = TRY(document(discovery_url.append(discovery_path), provider));
    const std::string url = TRY(keys_url(discovery, provider));
    const std::string published = TRY(document(url, provider));
    KeySet keys = TRY(KeySet::parse(published));
    return std::make_shared<const KeySet>(std::move(keys));
}

void ProviderKeys::forget_oldest() {
    const auto oldest =
        std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second->used; });
    if (oldest != entries_.end()) entries_.erase(oldest);
}

// Other thumbprints are another trust: what was fetched under the old ones is not used. Each account has its
// own: nobody's calls wait in another's queue.
std::shared_ptr<ProviderKeys::Entry> ProviderKeys::entry_of(const Provider& provider, Instant now) {
    const std::string name =
        provider.account + '\n' + provider.url + '\n' + joined(provider.thumbprints, ",");
    auto found = entries_.find(name);
    if (found == entries_.end()) {
        if (entries_.size() >= providers_max) forget_oldest();
        found = entries_.emplace(name, std::make_shared<Entry>()).first;
    }
    found->second->used = now;
    return found->second;
}

// The answer when nothing is to be fetched; none when it is time to.
std::optional<Result<ProviderKeys::Keys>> ProviderKeys::settled(const Entry& entry,
                                                                const std::optional<std::string>& key_id,
                                                                Instant now) {
    const bool is_usable = entry.keys && age(entry.fetched, now) < kept_max;
    const bool is_fresh = entry.keys && age(entry.fetched, now) < fresh_max;
    if (is_fresh && knows(entry.keys, key_id)) return entry.keys;
    if (entry.failure && age(*entry.tried, now) < failure_pause)
        return is_usable ? Result<Keys>(entry.keys) : Result<Keys>(*entry.failure);
    if (is_fresh && entry.sought && age(*entry.sought, now) < unknown_pause) return entry.keys;
    return std::nullopt;
}

std::optional<Result<ProviderKeys::Keys>> ProviderKeys::at_hand(const Provider& provider,
                                                                const std::optional<std::string>& key_id,
                                                                Instant now) {
    const MutexLock lock(mutex_);
    return settled(*entry_of(provider, now), key_id, now);
}

// The pause after a failure begins when it is known: a slow provider may take as long as the pause.
void ProviderKeys::renew(Entry& entry, const Provider& provider, const std::optional<std::string>& key_id,
                         Instant now) {
    Result<Keys> fetched = Error{Fault::internal, "the provider's keys could not be read"};
    try {
        fetched = fetch_keys(provider);
    } catch (const std::exception&) {  // who waits is told so
    }
    const MutexLock lock(mutex_);
    entry.tried = clock_.now();
    const bool was_sought = entry.keys && !knows(entry.keys, key_id);
    entry.failure.reset();
    if (fetched) {
        entry.keys = *std::move(fetched);
        entry.fetched = now;
    } else {
        entry.failure = fetched.error();
    }
    if (was_sought || (entry.keys && !knows(entry.keys, key_id))) entry.sought = now;
}

void ProviderKeys::tell_waiting(Entry& entry) {
    std::vector<Job> waiting;
    {
        const MutexLock lock(mutex_);
        waiting.swap(entry.waiting);
    }
    for (const Job& then : waiting) then();
}

bool ProviderKeys::fetch_then(const Provider& provider, const std::optional<std::string>& key_id, Instant now,
                              Job then) {
    std::shared_ptr<Entry> entry;
    {
        const MutexLock lock(mutex_);
        entry = entry_of(provider, now);
        if (entry->waiting.size() >= waiting_max) return false;
        entry->waiting.push_back(std::move(then));
        if (entry->waiting.size() > 1) return true;
    }
    const auto fetch = [this, entry, provider, key_id, now] {
        renew(*entry, provider, key_id, now);
        tell_waiting(*entry);
    };
    if (!run_(provider.account, fetch)) tell_waiting(*entry);
    return true;
}

}  // namespace countersign::federation
