#include "agent/login_records.h"

namespace countersign::agent {

login::LoginRecord make_record(const access::KeyHolder& holder, const sigv4::Scope& scope) {
    auto principal = std::make_shared<login::Principal>();
    principal->arn = holder.principal->arn;
    principal->account = holder.principal->account;
    principal->policies = holder.principal->policies;
    principal->context = holder.principal->context;
    if (const auto& session = holder.principal->session; session != nullptr) {
        principal->mfa_time = session->mfa_time;
        principal->session_name = session->name;
        principal->source_identity = session->source_identity;
    }
    login::LoginRecord record;
    record.active = holder.status == model::KeyStatus::Active;
    record.scope = scope;
    record.signing_key = sigv4::derive_key(holder.secret_access_key, scope);
    record.session_digest = holder.session_digest;
    record.expires = holder.expires;
    record.principal = std::move(principal);
    return record;
}

Result<std::shared_ptr<const login::LoginRecord>> LoginRecords::find(const login::ClaimedKey& claimed) {
    const access::KeyHolderPointer holder =
        TRY(principals_.find(claimed.access_key_id, claimed.session_token));
    if (holder == nullptr) return std::shared_ptr<const login::LoginRecord>();
    const Place place{claimed.access_key_id, holder->session_digest, claimed.scope.date,
                      claimed.scope.region};
    {
        const MutexLock lock(mutex_);
        if (const CacheEntry* kept = kept_.find(place); kept != nullptr && kept->holder == holder)
            return kept->record;
    }
    auto record = std::make_shared<const login::LoginRecord>(make_record(*holder, claimed.scope));
    const MutexLock lock(mutex_);
    return kept_.put(place, {holder, std::move(record)}).record;
}

}  // namespace countersign::agent
