// Operations on the X.509 signing certificates of users: upload, list, update, delete. A certificate is there
// once in an account.
#include <fmt/format.h>

#include "crypto/digest.h"
#include "crypto/key_pair.h"
#include "crypto/thumbprint.h"
#include "model/ids.h"
#include "services/iam/nouns.h"
#include "services/iam/paging.h"
#include "services/iam/user_credentials.h"
#include "services/iam/user_rows.h"

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

Result<model::SigningCertificate> add_certificate(const Surroundings& around, const Call& call,
                                                  const api::UploadSigningCertificateRequest& input,
                                                  const std::string& digest) {
    Owner owner = TRY(owner_of(around.store, call, input.UserName));
    const std::string digest_place = keys::signing_certificate_digest(owner.account, digest);
    if (TRY(around.store.get(digest_place)))
        return Error{Fault::exists, "The same certificate is associated with an IAM user in the account.",
                     "DuplicateCertificate"};
    const std::string place = keys::signing_certificates(owner.account, owner.user);
    const auto known = TRY(around.store.list(place, {}));
    if (known.entries.size() >= certificates_per_user_max)
        return Error{
            Fault::conflict,
            fmt::format("Cannot exceed quota for CertificatesPerUser: {}", certificates_per_user_max),
            "LimitExceeded"};
    const model::SigningCertificate record{
        .id = crypto::random_text(around.random, model::base32_alphabet, id_characters),
        .user = owner.user,
        .status = model::KeyStatus::Active,
        .uploaded = call.now,
        .body = *input.CertificateBody};
    owner.held.guards.push_back(store::absent(digest_place));
    owner.held.guards.push_back(store::absent(place + record.id));
    owner.held.writes.push_back(store::Write{digest_place, record.id});
    owner.held.writes.push_back(store::put(place + record.id, record));
    TRY(around.store.commit(owner.held));
    return record;
}

Result<api::UploadSigningCertificateResponse> upload_certificate(
    const Surroundings& around, const Call& call, const api::UploadSigningCertificateRequest& input) {
    TRY(owner_of(around.store, call, input.UserName));
    const std::string digest = TRY(digest_of(*input.CertificateBody));
    const auto record = TRY(store::retry_races([&] { return add_certificate(around, call, input, digest); }));
    api::UploadSigningCertificateResponse answer;
    answer.Certificate = certificate_to_api(record);
    return answer;
}

Result<api::ListSigningCertificatesResponse> list_certificates(
    const Surroundings& around, const Call& call, const api::ListSigningCertificatesRequest& input) {
    const Owner owner = TRY(owner_of(around.store, call, input.UserName));
    auto found = TRY(store::load_all<model::SigningCertificate>(
        around.store, keys::signing_certificates(owner.account, owner.user)));
    const auto shown_page = TRY(page(
        std::move(found), [](const StoredCertificate& certificate) { return certificate.key; }, input.Marker,
        input.MaxItems));
    api::ListSigningCertificatesResponse answer;
    for (const StoredCertificate& certificate : shown_page.items)
        answer.Certificates.push_back(certificate_to_api(certificate.record));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> update_certificate(const Surroundings& around, const Call& call,
                                   const api::UpdateSigningCertificateRequest& input) {
    return set_status<model::SigningCertificate>(around, call, signing_certificate_kind,
                                                 {input.UserName, *input.CertificateId}, *input.Status);
}

Result<Nothing> delete_certificate(const Surroundings& around, const Call& call,
                                   const api::DeleteSigningCertificateRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const Owner owner = TRY(owner_of(around.store, call, input.UserName));
        const auto stored = TRY(find_credential<model::SigningCertificate>(
            around.store, signing_certificate_kind, owner, *input.CertificateId));
        const std::string digest = TRY(digest_of(stored.record.body));
        TRY(around.store.commit({{stored.unchanged()},
                                 {store::erase(stored.key),
                                  store::erase(keys::signing_certificate_digest(owner.account, digest))}}));
        return Nothing{};
    });
}

}  // namespace

Rows signing_certificate_operations(const Surroundings& around) {
    namespace ops = api::ops;
    return {
        on_tagged_user<ops::DeleteSigningCertificate>(around, delete_certificate),
        on_tagged_user<ops::ListSigningCertificates>(around, list_certificates),
        on_tagged_user<ops::UpdateSigningCertificate>(around, update_certificate),
        on_tagged_user<ops::UploadSigningCertificate>(around, upload_certificate),
    };
}

}  // namespace countersign::iam
