#include "agent/login_records.h"

namespace countersign::agent {

namespace {

constexpr std::size_t records_max = 100'000;

std::shared_ptr<const login::LoginRecord> make_record(const access::KeyHolder& holder,
                                                      const sigv4::Scope& scope) {
    auto principal = std::make_shared<login::Principal>();
    principal->arn = holder.principal->arn;
    principal->account = holder.principal->account;
    principal->policies = holder.principal->policies;
    principal->context = access::principal_context(*holder.principal);
    auto record = std::make_shared<login::LoginRecord>();
    record->active = holder.status == model::KeyStatus::Active;
    record->scope = scope;
    record->signing_key = sigv4::derive_key(holder.secret_access_key, scope);
    record->principal = std::move(principal);
    return record;
}

}  // namespace

Result<std::shared_ptr<const login::LoginRecord>> LoginRecords::find(const login::ClaimedKey& claimed) {
    const std::shared_ptr<const access::KeyHolder> holder = TRY(principals_.find(claimed.access_key_id));
    if (holder == nullptr) return std::shared_ptr<const login::LoginRecord>();
    const Place place{claimed.access_key_id, claimed.scope.date, claimed.scope.region};
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(place); kept != kept_.end() && kept->second.holder == holder)
        return kept->second.record;
    if (kept_.size() >= records_max) kept_.clear();
    Kept& kept = kept_[place];
    kept = Kept{holder, make_record(*holder, claimed.scope)};
    return kept.record;
}

}  // namespace countersign::agent
