// Operations on server certificates: upload, get, list, update, delete, tags. A private key comes in, is kept
// sealed, and is never given out.
#include <fmt/format.h>

#include "crypto/key_pair.h"
#include "model/arn.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/tag_records.h"
#include "services/iam/tags.h"

namespace countersign::iam {

namespace keys = model::keys;
namespace ops = api::ops;
using gateway::Call;
using gateway::Nothing;
using StoredCertificate = store::Stored<model::ServerCertificate>;

namespace {

constexpr std::size_t certificates_max = 20;
constexpr const char* server_certificate_kind = "server-certificate";

Result<StoredCertificate> find_certificate(store::Store& store, const std::string& account,
                                           const std::string& name) {
    auto stored = TRY(store::load<model::ServerCertificate>(store, keys::server_certificate(account, name)));
    if (!stored)
        return Error{Fault::not_found,
                     fmt::format("The Server Certificate with name {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Error taken(const std::string& name) {
    return Error{Fault::exists, fmt::format("The Server Certificate with name {} already exists.", name),
                 "EntityAlreadyExists"};
}

Error malformed_server_certificate(std::string message) {
    return Error{Fault::invalid, std::move(message), "MalformedCertificate"};
}

std::string arn_of(const std::string& account, const model::ServerCertificate& certificate) {
    return model::iam_arn(account,
                          fmt::format("{}{}{}", server_certificate_kind, certificate.path, certificate.name));
}

api::ServerCertificateMetadata metadata_of(const std::string& account,
                                           const model::ServerCertificate& certificate) {
    api::ServerCertificateMetadata answer;
    answer.Path = certificate.path;
    answer.ServerCertificateName = certificate.name;
    answer.ServerCertificateId = certificate.id;
    answer.Arn = arn_of(account, certificate);
    answer.UploadDate = certificate.uploaded;
    answer.Expiration = certificate.expires;
    return answer;
}

Result<void> check_chain(const std::string& certificate, const std::string& chain) {
    const auto gap = crypto::gap_in_chain(certificate, chain);
    if (!gap)
        return malformed_server_certificate(
            "Unable to parse certificate chain. Please ensure it is in PEM format.");
    if (!*gap) return {};
    return malformed_server_certificate(fmt::format(
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
        "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
        "certificate is: {}",
        **gap));
}

// When the certificate ends, once all that came with it belongs together.
Result<Instant> check_certificate(const api::UploadServerCertificateRequest& input, const Secret& key,
                                  Instant now) {
    const auto validity = crypto::validity_of(*input.CertificateBody);
    if (!validity)
        return malformed_server_certificate(
            "Unable to parse certificate. Please ensure the certificate is in PEM format.");
    const auto matches = crypto::is_key_of(key, *input.CertificateBody);
    if (!matches) return malformed_server_certificate("Invalid Private Key.");
    if (!*matches)
        return Error{Fault::invalid, "The public key certificate and the private key do not match.",
                     "KeyPairMismatch"};
    if (now < validity->from)
        return malformed_server_certificate(
            "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not "
            "passed.");
    if (validity->until <= now)
        return malformed_server_certificate(
            "Certificate is no longer valid. The 'Not After' date restriction on the certificate has "
            "passed.");
    if (input.CertificateChain) TRY(check_chain(*input.CertificateBody, *input.CertificateChain));
    return validity->until;
}

Result<void> check_certificate_quota(store::Store& store, const std::string& account) {
    const auto known = TRY(store.list(keys::server_certificates(account), {}));
    if (known.entries.size() < certificates_max) return {};
    return Error{Fault::conflict,
                 fmt::format("Cannot exceed quota for ServerCertificatesPerAccount: {}", certificates_max),
                 "LimitExceeded"};
}

Result<void> add(store::Store& store, const std::string& account,
                 const model::ServerCertificate& certificate) {
    const std::string place = keys::server_certificate(account, certificate.name);
    if (TRY(store.get(place))) return taken(certificate.name);
    TRY(check_certificate_quota(store, account));
    return create_record(store, place, certificate, taken(certificate.name));
}

Result<api::UploadServerCertificateResponse> upload(const Deps& deps, const Call& call,
                                                    const api::UploadServerCertificateRequest& input) {
    const std::string& account = call.account();
    const Secret key(*input.PrivateKey);
    model::ServerCertificate certificate;
    certificate.name = *input.ServerCertificateName;
    certificate.path = input.Path.value_or("/");
    certificate.id = model::new_unique_id("ASCA", deps.random);
    certificate.uploaded = call.now;
    certificate.certificate = *input.CertificateBody;
    certificate.chain = input.CertificateChain.value_or("");
    certificate.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    certificate.expires = TRY(check_certificate(input, key, call.now));
    certificate.sealed_key =
        deps.sealing.seal(key, keys::server_certificate_key(account, certificate.id), deps.random);
    TRY(store::retry_races([&] { return add(deps.store, account, certificate); }));
    api::UploadServerCertificateResponse answer;
    answer.ServerCertificateMetadata = metadata_of(account, certificate);
    answer.Tags = to_api(certificate.tags);
    return answer;
}

Result<api::GetServerCertificateResponse> get_certificate(const Deps& deps, const Call& call,
                                                          const api::GetServerCertificateRequest& input) {
    const auto stored = TRY(find_certificate(deps.store, call.account(), *input.ServerCertificateName));
    api::GetServerCertificateResponse answer;
    api::ServerCertificate& certificate = answer.ServerCertificate.emplace();
    certificate.ServerCertificateMetadata = metadata_of(call.account(), stored.record);
    certificate.CertificateBody = stored.record.certificate;
    if (!stored.record.chain.empty()) certificate.CertificateChain = stored.record.chain;
    certificate.Tags = to_api(stored.record.tags);
    return answer;
}

Result<api::ListServerCertificatesResponse> list_certificates(
    const Deps& deps, const Call& call, const api::ListServerCertificatesRequest& input) {
    const auto shown_page = TRY(stored_page<model::ServerCertificate>(
        deps.store, keys::server_certificates(call.account()), input, below_path(input)));
    api::ListServerCertificatesResponse answer;
    for (const auto& stored : shown_page.items)
        answer.ServerCertificateMetadataList.push_back(metadata_of(call.account(), stored.record));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> rename(const Deps& deps, const Call& call, const api::UpdateServerCertificateRequest& input) {
    const auto stored = TRY(find_certificate(deps.store, call.account(), *input.ServerCertificateName));
    model::ServerCertificate certificate = stored.record;
    certificate.path = input.NewPath.value_or(certificate.path);
    certificate.name = input.NewServerCertificateName.value_or(certificate.name);
    const std::string place = keys::server_certificate(call.account(), certificate.name);
    store::Transaction change{{stored.unchanged()}, {store::put(place, certificate)}};
    if (place != stored.key) {
        if (TRY(deps.store.get(place))) return taken(certificate.name);
        change.guards.push_back(store::absent(place));
        change.writes.push_back(store::erase(stored.key));
    }
    TRY(deps.store.commit(change));
    return Nothing{};
}

Result<Nothing> update_certificate(const Deps& deps, const Call& call,
                                   const api::UpdateServerCertificateRequest& input) {
    return store::retry_races([&] { return rename(deps, call, input); });
}

Result<Nothing> remove_certificate(const Deps& deps, const Call& call,
                                   const api::DeleteServerCertificateRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_certificate(deps.store, call.account(), *input.ServerCertificateName));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

Result<Nothing> tag(const Deps& deps, const Call& call, const api::TagServerCertificateRequest& input) {
    return tag_record<find_certificate>(deps, call, *input.ServerCertificateName, *input.Tags);
}

Result<Nothing> untag(const Deps& deps, const Call& call, const api::UntagServerCertificateRequest& input) {
    return untag_record<find_certificate>(deps, call, *input.ServerCertificateName, *input.TagKeys);
}

Result<api::ListServerCertificateTagsResponse> list_certificate_tags(
    const Deps& deps, const Call& call, const api::ListServerCertificateTagsRequest& input) {
    const auto stored = TRY(find_certificate(deps.store, call.account(), *input.ServerCertificateName));
    return tags_page<api::ListServerCertificateTagsResponse>(stored.record.tags, input);
}

std::vector<std::string> uploaded(const Call& call, const api::UploadServerCertificateRequest& input) {
    return below_account(call, server_certificate_kind, input.Path.value_or("/"),
                         *input.ServerCertificateName);
}

std::vector<std::string> all(const Call& call, const api::ListServerCertificatesRequest& input) {
    return below_account(call, server_certificate_kind, input.PathPrefix.value_or("/"), "");
}

// The stored one's ARN, with its path, where there is one.
std::vector<std::string> resource(store::Store& store, const Call& call, const std::string& name) {
    const auto stored = find_certificate(store, call.account(), name);
    return stored ? std::vector{arn_of(call.account(), stored->record)}
                  : below_account(call, server_certificate_kind, "/", name);
}

gateway::Resources<ops::UpdateServerCertificate> updated(store::Store& store) {
    return [&store](const Call& call, const api::UpdateServerCertificateRequest& input) {
        return and_moved(call, resource(store, call, *input.ServerCertificateName),
                         {server_certificate_kind, input.NewPath,
                          input.NewServerCertificateName.value_or(*input.ServerCertificateName)});
    };
}

template <class Op>
gateway::Operation with_own_tags(const Deps& deps, gateway::Operation operation) {
    return with_tags<Op>(std::move(operation),
                         [&store = deps.store](const Call& call, const typename Op::Input& input) {
                             return find_certificate(store, call.account(), *input.ServerCertificateName);
                         });
}

template <class Op>
gateway::Operation on_certificate(const Deps& deps, Function<Op> function) {
    const auto resources = [&store = deps.store](const Call& call, const typename Op::Input& input) {
        return resource(store, call, *input.ServerCertificateName);
    };
    return with_own_tags<Op>(deps, row<Op>(deps, resources, function));
}

}  // namespace

Rows server_certificate_operations(const Deps& deps) {
    using Update = ops::UpdateServerCertificate;
    using Upload = ops::UploadServerCertificate;
    return {
        on_certificate<ops::DeleteServerCertificate>(deps, remove_certificate),
        on_certificate<ops::GetServerCertificate>(deps, get_certificate),
        on_certificate<ops::ListServerCertificateTags>(deps, list_certificate_tags),
        row<ops::ListServerCertificates>(deps, all, list_certificates),
        on_certificate<ops::TagServerCertificate>(deps, tag),
        on_certificate<ops::UntagServerCertificate>(deps, untag),
        with_own_tags<Update>(deps, row<Update>(deps, updated(deps.store), update_certificate)),
        with_request_tags<Upload>(row<Upload>(deps, uploaded, upload)),
    };
}

}  // namespace countersign::iam
