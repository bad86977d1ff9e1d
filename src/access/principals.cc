#include "access/principals.h"

#include <algorithm>

#include "crypto/digest.h"
#include "model/arn.h"
#include "model/keys.h"
#include "store/records.h"

namespace countersign::access {

namespace {

constexpr std::size_t holders_max = 100'000;  // a few KiB each; more than that is compiled again
constexpr std::size_t changed_max = 200'000;  // keys and prefixes; more changes make everything forgotten
constexpr std::size_t session_token_max = 16'384;

}  // namespace

Principals::Principals(store::Store& store, const crypto::SealingKey& sealing)
    : store_(store), sealing_(sealing), loader_(store) {}

Result<KeyHolderPointer> Principals::find(const std::string& access_key_id,
                                          const std::string& session_token) {
    if (session_token.size() > session_token_max) return KeyHolderPointer();
    const std::string digest = session_token.empty() ? std::string() : crypto::sha256_hex(session_token);
    const std::string place = access_key_id + ' ' + digest;
    const std::lock_guard lock(mutex_);
    TRY(catch_up());
    if (const auto found = holders_.find(place); found != holders_.end()) {
        if (is_up_to_date(found->second)) return found->second.holder;
        holders_.erase(found);
    }
    loader_.take_sources();
    KeyHolderPointer holder;
    if (session_token.empty())
        holder = TRY(load_key(access_key_id));
    else
        holder = TRY(load_session(access_key_id, session_token));
    if (holders_.size() >= holders_max) holders_.clear();
    if (holder != nullptr) holders_[place] = {holder, last_change_};
    return holder;
}

bool Principals::is_up_to_date(Kept& kept) const {
    if (kept.checked == last_change_) return true;
    const bool touched = std::ranges::any_of(kept.holder->sources, [&](const std::string& source) {
        const auto change = changed_.find(source);
        return change != changed_.end() && change->second > kept.checked;
    });
    if (!touched) kept.checked = last_change_;
    return !touched;
}

void Principals::forget() {
    holders_.clear();
    changed_.clear();
    loader_.forget();
}

void Principals::note_change(const store::Event& event) {
    if (changed_.size() >= changed_max) forget();
    changed_[event.key] = event.revision;
    changed_[event.key.substr(0, event.key.rfind('/') + 1)] = event.revision;
    last_change_ = event.revision;
    loader_.forget(event.key);
}

// Takes in what the store has seen of IAM up to now. Runs under the lock.
Result<void> Principals::catch_up() {
    const store::Revision newest = store_.revision();
    if (watch_ != nullptr && newest == seen_) return {};
    if (watch_ == nullptr) {
        watch_ = store_.watch(model::keys::iam(), newest);
        forget();
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
    loader_.note(key);
    const auto stored = TRY(store::load<model::AccessKey>(store_, key));
    if (!stored) return KeyHolderPointer();
    const model::AccessKey& record = stored->record;
    auto holder = std::make_shared<KeyHolder>();
    holder->status = record.status;
    holder->secret_access_key = TRY(sealing_.open(record.sealed_secret, key));
    if (record.user.empty())
        holder->principal = TRY(loader_.root(record.account));
    else
        holder->principal = TRY(loader_.user(record.account, record.user));
    if (holder->principal == nullptr) return Error{Fault::internal, "an access key has no user"};
    holder->sources = loader_.take_sources();
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
    holder->principal = TRY(loader_.session(opened->session));
    if (holder->principal == nullptr) return KeyHolderPointer();
    holder->sources = loader_.take_sources();
    return KeyHolderPointer(std::move(holder));
}

Result<PrincipalPointer> Principals::named(const std::string& arn_text) {
    const auto arn = model::parse_arn(arn_text);
    if (!arn || arn->service != "iam") return PrincipalPointer();
    const std::lock_guard lock(mutex_);
    TRY(catch_up());
    loader_.take_sources();
    if (arn->resource == "root") return loader_.root(arn->account);
    const std::string kind = arn->resource.substr(0, arn->resource.find('/'));
    const std::string name = arn->resource.substr(arn->resource.rfind('/') + 1);
    PrincipalPointer found;
    if (kind == "user") found = TRY(loader_.user(arn->account, name));
    if (kind == "group") found = TRY(loader_.group(arn->account, name));
    if (kind == "role") found = TRY(loader_.role(arn->account, name));
    return found != nullptr && found->arn == arn_text ? found : nullptr;
}

}  // namespace countersign::access
