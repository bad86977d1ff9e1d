// Credentials that lie below their user's name beside access keys: SSH public keys, signing certificates,
// passwords for single services. What the three kinds have in common, and what users.cc needs of them.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "gateway/operation.h"
#include "model/iam.h"
#include "model/keys.h"
#include "services/iam/access_keys.h"
#include "services/iam/service.h"
#include "store/records.h"

namespace countersign::iam {

// Whose credentials a request is about. An empty user is the root user.
struct Owner {
    std::string account;
    std::string user;         // the name as it is written in its record
    store::Transaction held;  // begins every transaction that gives the user something: it guards the user's
                              // record and writes it again as it is, so that nobody deletes it meanwhile, and
                              // of two that reach a quota at once one begins anew
};
// NoSuchEntity when there is no such user.
Result<Owner> owner_of(store::Store& store, const gateway::Call& call,
                       const std::optional<std::string>& named);

// DeleteConflict when a user has any of them.
Result<void> check_no_credentials(store::Store& store, const std::string& account, const std::string& user);

// Adds to the transaction what hands those of one user name over to another.
Result<void> move_credentials(store::Store& store, const std::string& account, const Renaming& user,
                              store::Transaction& change);

// One kind: where a user's lie, and the NoSuchEntity for an id that is not among them.
struct CredentialKind {
    std::string (*of_user)(model::keys::Name account, model::keys::Name user);
    Error (*unknown)(const std::string& id);
};

// The one that a request means.
struct MeantCredential {
    std::optional<std::string> user;
    std::string id;
};

// ValidationError for a status that nobody can give.
Result<model::KeyStatus> read_status(const std::string& text);
std::string status_text(model::KeyStatus status);

template <class Record>
Result<store::Stored<Record>> find_credential(store::Store& store, const CredentialKind& kind,
                                              const Owner& owner, const std::string& id) {
    auto stored =
        TRY(store::load<Record>(store, model::keys::item(kind.of_user(owner.account, owner.user), id)));
    if (!stored) return kind.unknown(id);
    return *std::move(stored);
}

template <class Record, class Change>
Result<gateway::Nothing> change_credential(const Deps& deps, const gateway::Call& call,
                                           const CredentialKind& kind, const MeantCredential& meant,
                                           Change change) {
    return store::retry_races([&]() -> Result<gateway::Nothing> {
        const Owner owner = TRY(owner_of(deps.store, call, meant.user));
        auto stored = TRY(find_credential<Record>(deps.store, kind, owner, meant.id));
        change(stored.record);
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        return gateway::Nothing{};
    });
}

template <class Record>
Result<gateway::Nothing> set_status(const Deps& deps, const gateway::Call& call, const CredentialKind& kind,
                                    const MeantCredential& meant, const std::string& wanted) {
    const model::KeyStatus status = TRY(read_status(wanted));
    return change_credential<Record>(deps, call, kind, meant,
                                     [status](Record& record) { record.status = status; });
}

template <class Record>
Result<gateway::Nothing> delete_credential(const Deps& deps, const gateway::Call& call,
                                           const CredentialKind& kind, const MeantCredential& meant) {
    return store::retry_races([&]() -> Result<gateway::Nothing> {
        const Owner owner = TRY(owner_of(deps.store, call, meant.user));
        const auto stored = TRY(find_credential<Record>(deps.store, kind, owner, meant.id));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return gateway::Nothing{};
    });
}

}  // namespace countersign::iam
