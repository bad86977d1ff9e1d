// Operations on the X.509 signing certificates of users: upload, list, update, delete. A certificate is there
// once in an account.
#include <fmt/format.h>

#include "crypto/digest.h"
#include "crypto/key_pair.h"
#include "crypto/thumbprint.h"
#include "model/ids.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/user_credentials.h"
#include "services/iam/user_operations.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredCertificate = store::Stored<model::SigningCertificate>;

namespace {

constexpr std::size_t certificates_per_user_max = 2;
constexpr std::size_t id_characters = 32;

Error unknown_certificate(const std::string& id) {
    return Error{Fault::not_found, fmt::format("The Certificate with id {} cannot be found.", id),
                 "NoSuchEntity"};
}

const CredentialKind signing_certificate_kind{keys::signing_certificates, unknown_certificate};

// A text that is long enough to be a private key, taken for a certificate, is not repeated.
Error malformed_signing_certificate(const std::string& body) {
    constexpr std::size_t repeated_bytes_max = 64;
    return Error{
        Fault::invalid,
        fmt::format("Certificate {} is malformed.", body.size() > repeated_bytes_max ? "body" : body),
        "MalformedCertificate"};
}

// SHA-256 of the certificate, whatever blanks stand around it.
Result<std::string> digest_of(const std::string& body) {
    if (!crypto::validity_of(body)) return malformed_signing_certificate(body);
    return crypto::sha256_hex(TRY(crypto::certificate_der(body)));
}

api::SigningCertificate certificate_to_api(const model::SigningCertificate& certificate) {
    api::SigningCertificate answer;
    if (!certificate.user.empty()) answer.UserName = certificate.user;
    answer.CertificateId = certificate.id;
    answer.CertificateBody = certificate.body;
    answer.Status = status_text(certificate.status);
    answer.UploadDate = certificate.uploaded;
    return answer;
}

Result<model::SigningCertificate> add_certificate(const Deps& deps, const Call& call,
                                                  const api::UploadSigningCertificateRequest& input,
                                                  const std::string& digest) {
    Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    const std::string digest_place = keys::signing_certificate_digest(owner.account, digest);
    if (TRY(deps.store.get(digest_place)))
        return Error{Fault::exists, "The same certificate is associated with an IAM user in the account.",
                     "DuplicateCertificate"};
    const std::string place = keys::signing_certificates(owner.account, owner.user);
    const auto known = TRY(deps.store.list(place, {}));
    if (known.entries.size() >= certificates_per_user_max)
        return Error{
            Fault::conflict,
            fmt::format("Cannot exceed quota for CertificatesPerUser: {}", certificates_per_user_max),
            "LimitExceeded"};
    const model::SigningCertificate record{
        .id = crypto::random_text(deps.random, model::base32_alphabet, id_characters),
        .user = owner.user,
        .status = model::KeyStatus::Active,
        .uploaded = call.now,
        .body = *input.CertificateBody};
    owner.held.guards.push_back(store::absent(digest_place));
    owner.held.guards.push_back(store::absent(keys::item(place, record.id)));
    owner.held.writes.push_back(store::Write{digest_place, record.id});
    owner.held.writes.push_back(store::put(keys::item(place, record.id), record));
    TRY(deps.store.commit(owner.held));
    return record;
}

Result<api::UploadSigningCertificateResponse> upload_certificate(
    const Deps& deps, const Call& call, const api::UploadSigningCertificateRequest& input) {
    TRY(owner_of(deps.store, call, input.UserName));
    const std::string digest = TRY(digest_of(*input.CertificateBody));
    const auto record = TRY(store::retry_races([&] { return add_certificate(deps, call, input, digest); }));
    api::UploadSigningCertificateResponse answer;
    answer.Certificate = certificate_to_api(record);
    return answer;
}

Result<api::ListSigningCertificatesResponse> list_certificates(
    const Deps& deps, const Call& call, const api::ListSigningCertificatesRequest& input) {
    const Owner owner = TRY(owner_of(deps.store, call, input.UserName));
    auto found = TRY(store::load_all<model::SigningCertificate>(
        deps.store, keys::signing_certificates(owner.account, owner.user)));
    const auto shown_page = TRY(page(
        std::move(found), [](const StoredCertificate& certificate) { return certificate.key; }, input.Marker,
        input.MaxItems));
    api::ListSigningCertificatesResponse answer;
    for (const StoredCertificate& certificate : shown_page.items)
        answer.Certificates.push_back(certificate_to_api(certificate.record));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_certificate(const Deps& deps, const Call& call,
                                   const api::UpdateSigningCertificateRequest& input) {
    return set_status<model::SigningCertificate>(deps, call, signing_certificate_kind,
                                                 {input.UserName, *input.CertificateId}, *input.Status);
}

Result<Nothing> delete_certificate(const Deps& deps, const Call& call,
                                   const api::DeleteSigningCertificateRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const Owner owner = TRY(owner_of(deps.store, call, input.UserName));
        const auto stored = TRY(find_credential<model::SigningCertificate>(
            deps.store, signing_certificate_kind, owner, *input.CertificateId));
        const std::string digest = TRY(digest_of(stored.record.body));
        TRY(deps.store.commit({{stored.unchanged()},
                               {store::erase(stored.key),
                                store::erase(keys::signing_certificate_digest(owner.account, digest))}}));
        return Nothing{};
    });
}

}  // namespace

Rows signing_certificate_operations(const Deps& deps) {
    namespace ops = api::ops;
    return {
        on_tagged_user<ops::DeleteSigningCertificate>(deps, delete_certificate),
        on_tagged_user<ops::ListSigningCertificates>(deps, list_certificates),
        on_tagged_user<ops::UpdateSigningCertificate>(deps, update_certificate),
        on_tagged_user<ops::UploadSigningCertificate>(deps, upload_certificate),
    };
}

}  // namespace countersign::iam
