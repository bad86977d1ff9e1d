#include "services/iam/user_credentials.h"

#include <fmt/format.h>

#include "services/iam/entities.h"

namespace countersign::iam {

namespace keys = model::keys;

namespace {

Result<bool> any(store::Store& store, const std::string& prefix) {
    const auto listed = TRY(store.list(prefix, {}));
    return !listed.entries.empty();
}

template <class Record>
Result<void> move_kind(store::Store& store, const std::string& from, const std::string& to,
                       const std::string& user, store::Transaction& change) {
    for (auto& stored : TRY(store::load_all<Record>(store, from))) {
        change.guards.push_back(stored.unchanged());
        stored.record.user = user;
        change.writes.push_back(store::put(keys::item(to, stored.record.id), stored.record));
        if (from != to) change.writes.push_back(store::erase(stored.key));
    }
    return {};
}

}  // namespace

Result<Owner> owner_of(store::Store& store, const gateway::Call& call,
                       const std::optional<std::string>& named) {
    Owner owner;
    owner.account = call.account();
    owner.user = TRY(user_meant(call, named));
    if (owner.user.empty()) return owner;
    const auto stored = TRY(find_user(store, owner.account, owner.user));
    owner.user = stored.record.name;
    owner.held = {{stored.unchanged()}, {store::put(stored.key, stored.record)}};
    return owner;
}

Result<void> check_no_credentials(store::Store& store, const std::string& account, const std::string& user) {
    if (TRY(any(store, keys::signing_certificates(account, user)))) return must_first("delete certificates");
    if (TRY(any(store, keys::ssh_public_keys(account, user))) ||
        TRY(any(store, keys::service_credentials(account, user))))
        return must_first("remove referenced objects");
    return {};
}

Result<void> move_credentials(store::Store& store, const std::string& account, const Renaming& user,
                              store::Transaction& change) {
    const auto& [from, to] = user;
    if (from == to) return {};
    TRY(move_kind<model::SigningCertificate>(store, keys::signing_certificates(account, from),
                                             keys::signing_certificates(account, to), to, change));
    TRY(move_kind<model::SshPublicKey>(store, keys::ssh_public_keys(account, from),
                                       keys::ssh_public_keys(account, to), to, change));
    return move_kind<model::ServiceCredential>(store, keys::service_credentials(account, from),
                                               keys::service_credentials(account, to), to, change);
}

Result<model::KeyStatus> read_status(const std::string& text) {
    if (text == "Active") return model::KeyStatus::Active;
    if (text == "Inactive") return model::KeyStatus::Inactive;
    return Error{Fault::invalid,
                 "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must "
                 "satisfy enum value set",
                 "ValidationError"};
}

std::string status_text(model::KeyStatus status) {
    return status == model::KeyStatus::Active ? "Active" : "Inactive";
}

}  // namespace countersign::iam
