#include "access/principals.h"

#include <array>

#include "access/principal_loader.h"
#include "crypto/digest.h"
#include "model/arn.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace {

constexpr std::size_t session_token_max = 16'384;
constexpr std::size_t unknown_place_bytes_max = 129;  // AWS: an access key id has 16 to 128 characters

}  // namespace

Principals::Principals(store::Store& store, const crypto::SealingKey& sealing, const PrincipalLimits& limits)
    : store_(store),
      sealing_(sealing),
      compiled_(limits.compiled),
      holders_(limits.holders),
      unknown_(limits.unknown),
      changed_(limits.changed) {}

Result<KeyHolderPointer> Principals::find(const std::string& access_key_id,
                                          const std::string& session_token) {
    if (session_token.size() > session_token_max) return KeyHolderPointer();
    const std::string digest = session_token.empty() ? std::string() : crypto::sha256_hex(session_token);
    const std::string place = access_key_id + ' ' + digest;
    store::Revision needed = 0;
    {
        const MutexLock lock(mutex_);
        TRY(catch_up());
        if (const Remembered answer = remembered(place, access_key_id)) return *answer;
        needed = last_change_;
    }
    const auto work = [&] { return load(place, access_key_id, session_token); };
    for (;;) {
        // Another call's load may have begun before a change that this call must see: the next one has not.
        const Loaded loaded = TRY(loads_.run(place, work));
        if (loaded.begun >= needed) return loaded.holder;
    }
}

// Drops what is out of date.
Principals::Remembered Principals::remembered(const std::string& place, const std::string& access_key_id) {
    if (CacheEntry* kept = holders_.find(place); kept != nullptr) {
        if (kept->checked == last_change_ || changed_.none_since(kept->checked, kept->holder->sources)) {
            kept->checked = last_change_;
            return kept->holder;
        }
        holders_.erase(place);
    }
    if (store::Revision* checked = unknown_.find(place); checked != nullptr) {
        const std::array sources{model::keys::access_key(access_key_id)};
        if (*checked == last_change_ || changed_.none_since(*checked, sources)) {
            *checked = last_change_;
            return KeyHolderPointer();
        }
        unknown_.erase(place);
    }
    return std::nullopt;
}

Result<Principals::Loaded> Principals::load(const std::string& place, const std::string& access_key_id,
                                            const std::string& session_token) {
    Loaded loaded;
    {
        const MutexLock lock(mutex_);
        TRY(catch_up());
        loaded.begun = last_change_;
        if (const Remembered answer = remembered(place, access_key_id)) return Loaded{*answer, loaded.begun};
    }
    loaded.holder = session_token.empty() ? TRY(load_key(access_key_id))
                                          : TRY(load_session(access_key_id, session_token));
    keep(place, !session_token.empty(), loaded);
    return loaded;
}

void Principals::keep(const std::string& place, bool has_session, const Loaded& loaded) {
    const MutexLock lock(mutex_);
    if (loaded.holder != nullptr)
        holders_.put(place, {loaded.holder, loaded.begun});
    else if (!has_session && place.size() <= unknown_place_bytes_max)
        unknown_.put(place, loaded.begun);
}

std::size_t Principals::unknown_keys() const {
    const MutexLock lock(mutex_);
    return unknown_.size();
}

void Principals::forget() {
    holders_.clear();
    unknown_.clear();
    compiled_.forget();
}

void Principals::note_change(const store::Event& event) {
    changed_.note(event.key, event.revision);
    changed_.note(model::keys::list_of(event.key), event.revision);
    last_change_ = event.revision;
    compiled_.forget(event.key);
}

// Takes in what the store has seen of IAM up to now.
Result<void> Principals::catch_up() {
    const store::Revision newest = store_.revision();
    if (watch_ != nullptr && newest == seen_) return {};
    if (watch_ == nullptr) {
        watch_ = store_.watch(model::keys::iam(), newest);
        forget();
        changed_.note_all(newest);
        last_change_ = seen_ = newest;
        return {};
    }
    for (;;) {
        const auto events = watch_->next(std::chrono::milliseconds(0));
        if (!events) {
            watch_.reset();
            forget();
            if (events.error().fault != Fault::compacted) return events.error();
            return catch_up();
        }
        if (events->empty()) break;
        for (const store::Event& event : *events) note_change(event);
    }
    seen_ = newest;
    return {};
}

Result<KeyHolderPointer> Principals::load_key(const std::string& access_key_id) {
    const std::string key = model::keys::access_key(access_key_id);
    PrincipalLoader loader(store_, compiled_);
    loader.note(key);
    const auto stored = TRY(store::load<model::AccessKey>(store_, key));
    if (!stored) return KeyHolderPointer();
    const model::AccessKey& record = stored->record;
    auto holder = std::make_shared<KeyHolder>();
    holder->status = record.status;
    holder->secret_access_key = TRY(sealing_.open(record.sealed_secret, key));
    if (record.user.empty())
        holder->principal = TRY(loader.root(record.account));
    else
        holder->principal = TRY(loader.user(record.account, record.user));
    if (holder->principal == nullptr) return Error{Fault::internal, "an access key has no user"};
    holder->sources = loader.sources();
    return KeyHolderPointer(std::move(holder));
}

Result<KeyHolderPointer> Principals::load_session(const std::string& access_key_id,
                                                  const std::string& session_token) {
    const auto opened = open_session(session_token, access_key_id, sealing_);
    if (!opened) return KeyHolderPointer();
    auto holder = std::make_shared<KeyHolder>();
    holder->status = model::KeyStatus::Active;
    holder->secret_access_key = opened->secret_access_key;
    holder->session_digest = crypto::sha256_hex(session_token);
    holder->expires = opened->session.expires;
    PrincipalLoader loader(store_, compiled_);
    holder->principal = TRY(loader.session(opened->session));
    if (holder->principal == nullptr) return KeyHolderPointer();
    holder->sources = loader.sources();
    return KeyHolderPointer(std::move(holder));
}

Result<PrincipalPointer> Principals::named(const std::string& arn_text) {
    const auto arn = model::parse_arn(arn_text);
    if (!arn || arn->service != "iam") return PrincipalPointer();
    {
        const MutexLock lock(mutex_);
        TRY(catch_up());
    }
    PrincipalLoader loader(store_, compiled_);
    if (arn->resource == "root") return loader.root(arn->account);
    const std::string kind = arn->resource.substr(0, arn->resource.find('/'));
    const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
    PrincipalPointer found;
    if (kind == "user") found = TRY(loader.user(arn->account, name));
    if (kind == "group") found = TRY(loader.group(arn->account, name));
    if (kind == "role") found = TRY(loader.role(arn->account, name));
    return found != nullptr && found->arn == arn_text ? found : nullptr;
}

}  // namespace countersign::access
