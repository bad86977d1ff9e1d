// Operations on the SSH public keys of users: upload, get, list, update, delete.
#include <fmt/format.h>

#include <algorithm>

#include "crypto/ssh_key.h"
#include "model/ids.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/user_credentials.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredKey = store::Stored<model::SshPublicKey>;

namespace {

constexpr std::size_t ssh_keys_per_user_max = 5;

Error unknown_ssh_key(const std::string& id) {
    return Error{Fault::not_found, fmt::format("The Public Key with id {} cannot be found.", id),
                 "NoSuchEntity"};
}

const CredentialKind ssh_key_kind{keys::ssh_public_keys, unknown_ssh_key};

// Source of the texts: IAM API Reference, the errors of UploadSSHPublicKey.
Result<crypto::SshKey> read_key(const std::string& body) {
    auto key = crypto::read_ssh_key(body);
    if (key) return key;
    if (key.error().fault == Fault::unsupported)
        return Error{Fault::invalid, "The public key encoding format is unsupported or unrecognized.",
                     "UnrecognizedPublicKeyEncoding"};
    return Error{Fault::invalid, "The public key is malformed or otherwise invalid.", "InvalidPublicKey"};
}

Result<void> check_room(const std::vector<StoredKey>& known, const crypto::SshKey& key) {
    for (const StoredKey& other : known) {
        const auto known_key = TRY(read_key(other.record.body));
        if (known_key.line == key.line)
            return Error{Fault::exists,
                         "The SSH public key is already associated with the specified IAM user.",
                         "DuplicateSSHPublicKey"};
    }
    if (known.size() < ssh_keys_per_user_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Cannot exceed quota for SSHPublicKeysPerUser: {}", ssh_keys_per_user_max),
                 "LimitExceeded"};
}

api::SSHPublicKey ssh_key_to_api(const model::SshPublicKey& record, const crypto::SshKey& key) {
    api::SSHPublicKey answer;
    answer.UserName = record.user;
    answer.SSHPublicKeyId = record.id;
    answer.Fingerprint = key.fingerprint;
    answer.SSHPublicKeyBody = record.body;
    answer.Status = status_text(record.status);
    answer.UploadDate = record.uploaded;
    return answer;
}

Result<model::SshPublicKey> add_key(const Deps& deps, const Call& call,
                                    const api::UploadSSHPublicKeyRequest& input, const crypto::SshKey& key) {
    Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    const std::string place = keys::ssh_public_keys(owner.account, owner.user);
    const auto known = TRY(store::load_all<model::SshPublicKey>(deps.store, place));
    TRY(check_room(known, key));
    const model::SshPublicKey record{.id = model::new_unique_id("APKA", deps.random),
                                     .user = owner.user,
                                     .status = model::KeyStatus::Active,
                                     .uploaded = call.now,
                                     .body = *input.SSHPublicKeyBody};
    owner.held.guards.push_back(store::absent(keys::item(place, record.id)));
    owner.held.writes.push_back(store::put(keys::item(place, record.id), record));
    TRY(deps.store.commit(owner.held));
    return record;
}

Result<api::UploadSSHPublicKeyResponse> upload_key(const Deps& deps, const Call& call,
                                                   const api::UploadSSHPublicKeyRequest& input) {
    TRY(owner_of(deps.store, call, input.UserName));
    const crypto::SshKey key = TRY(read_key(*input.SSHPublicKeyBody));
    const auto record = TRY(store::retry_races([&] { return add_key(deps, call, input, key); }));
    api::UploadSSHPublicKeyResponse answer;
    answer.SSHPublicKey = ssh_key_to_api(record, key);
    return answer;
}

// In the form in which it came it is ssh_key_to_api as it came.
Result<api::GetSSHPublicKeyResponse> get_key(const Deps& deps, const Call& call,
                                             const api::GetSSHPublicKeyRequest& input) {
    const Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    const auto stored =
        TRY(find_credential<model::SshPublicKey>(deps.store, ssh_key_kind, owner, *input.SSHPublicKeyId));
    const crypto::SshKey key = TRY(read_key(stored.record.body));
    const bool as_pem = *input.Encoding == "PEM";
    api::GetSSHPublicKeyResponse answer;
    answer.SSHPublicKey = ssh_key_to_api(stored.record, key);
    if (as_pem)
        answer.SSHPublicKey->SSHPublicKeyBody = key.pem;
    else if (key.came_as_pem)
        answer.SSHPublicKey->SSHPublicKeyBody = key.line;
    return answer;
}

Result<api::ListSSHPublicKeysResponse> list_keys(const Deps& deps, const Call& call,
                                                 const api::ListSSHPublicKeysRequest& input) {
    const Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    auto found = TRY(
        store::load_all<model::SshPublicKey>(deps.store, keys::ssh_public_keys(owner.account, owner.user)));
    const auto shown_page = TRY(page(
        std::move(found), [](const StoredKey& key) { return key.key; }, input.Marker, input.MaxItems));
    api::ListSSHPublicKeysResponse answer;
    for (const StoredKey& key : shown_page.items) {
        api::SSHPublicKeyMetadata& last = answer.SSHPublicKeys.emplace_back();
        last.UserName = key.record.user;
        last.SSHPublicKeyId = key.record.id;
        last.Status = status_text(key.record.status);
        last.UploadDate = key.record.uploaded;
    }
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_key(const Deps& deps, const Call& call, const api::UpdateSSHPublicKeyRequest& input) {
    return set_status<model::SshPublicKey>(deps, call, ssh_key_kind, {input.UserName, *input.SSHPublicKeyId},
                                           *input.Status);
}

Result<Nothing> delete_key(const Deps& deps, const Call& call, const api::DeleteSSHPublicKeyRequest& input) {
    return delete_credential<model::SshPublicKey>(deps, call, ssh_key_kind,
                                                  {input.UserName, *input.SSHPublicKeyId});
}

}  // namespace

Rows ssh_public_key_operations(const Deps& deps) {
    namespace ops = api::ops;
    return {
        on_tagged_user<ops::DeleteSSHPublicKey>(deps, delete_key),
        on_tagged_user<ops::GetSSHPublicKey>(deps, get_key),
        on_tagged_user<ops::ListSSHPublicKeys>(deps, list_keys),
        on_tagged_user<ops::UpdateSSHPublicKey>(deps, update_key),
        on_tagged_user<ops::UploadSSHPublicKey>(deps, upload_key),
    };
}

}  // namespace countersign::iam
