#include "agent_api/client/identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent_api/protocol/protocol.h"
#include "base/files.h"
#include "base/text.h"
#include "base/wrapping.h"
#include "crypto/certificates.h"
#include "crypto/digest.h"
#include "crypto/thumbprint.h"
#include "formats/record.h"
#include "http/client.h"

namespace countersign::agent_api::client {

namespace {

constexpr std::size_t identity_bytes_max = 64UL * 1024;
constexpr std::string_view token_form = "csa1";
constexpr std::size_t digest_letters = 64;
constexpr auto enrolment_patience = std::chrono::seconds(20);

// The one file: key and certificate change together.
struct IdentityFile {
    std::string name;
    std::string control_plane;
    std::string authority;
    std::string certificate;
    std::string key;
    Instant certified;
    std::string enrolled_with;
};
BOOST_DESCRIBE_STRUCT(IdentityFile, (),
                      (name, control_plane, authority, certificate, key, certified, enrolled_with))

std::filesystem::path file_in(const std::filesystem::path& directory) {
    return directory / "identity.json";
}

// The authority in what the control plane shows of itself, if it is the one that the token is of.
Result<std::string> find_authority(const Enrolment& enrolment) {
    const std::string url = url_of(enrolment.control_plane);
    const std::vector<std::string> chain = http::presented_chain(url, enrolment_patience);
    if (chain.empty())
        return Error{Fault::unavailable,
                     fmt::format("no TLS answer from {}; is it the address of `serve --agents`?", url)};
    for (const std::string& certificate : chain) {
        const auto der = crypto::certificate_der(certificate);
        if (der && crypto::same_secret(crypto::sha256_hex(*der), enrolment.token.authority_digest))
            return certificate;
    }
    return Error{Fault::unauthenticated,
                 fmt::format("{} is not the control plane that made this token; make one there with: "
                             "countersign agent-token",
                             enrolment.control_plane)};
}

Result<Certified> certified_by(const http::Response& response) {
    if (response.status == 200) return formats::from_record<Certified>(response.body);
    const auto refusal = formats::from_record<Refusal>(response.body);
    return Error{Fault::denied, "the control plane refuses: " +
                                    (refusal ? refusal->message : std::to_string(response.status))};
}

}  // namespace

std::string url_of(const std::string& control_plane) {
    return "https://" + control_plane;
}

Result<std::optional<Identity>> load_identity(const std::filesystem::path& directory) {
    const auto text = read_file(file_in(directory), identity_bytes_max);
    if (!text && text.error().fault == Fault::not_found) return std::optional<Identity>();
    if (!text) return text.error();
    auto file = formats::from_record<IdentityFile>(*text);
    const auto until = file ? crypto::expiry_of(file->certificate) : file.error();
    if (!file || !until || file->key.empty())
        return Error{Fault::invalid, fmt::format("{} cannot be read; remove it, and enrol again with a token "
                                                 "of: countersign agent-token",
                                                 file_in(directory).string())};
    Identity identity;
    identity.name = file->name;
    identity.control_plane = file->control_plane;
    identity.trust = {file->authority, file->certificate, Secret(std::move(file->key))};
    identity.certified = file->certified;
    identity.enrolled_with = file->enrolled_with;
    identity.until = *until;
    return std::optional(std::move(identity));
}

Result<void> save_identity(const std::filesystem::path& directory, const Identity& identity) {
    IdentityFile file;
    file.name = identity.name;
    file.control_plane = identity.control_plane;
    file.authority = identity.trust.authority_pem;
    file.certificate = identity.trust.certificate_pem;
    file.key = identity.trust.key_pem.reveal();
    file.certified = identity.certified;
    file.enrolled_with = identity.enrolled_with;
    return replace_file(file_in(directory), formats::to_record(file));
}

std::string text_of(const EnrolmentToken& token) {
    return fmt::format("{}.{}.{}", token_form, token.secret, token.authority_digest);
}

Result<EnrolmentToken> read_enrolment_token(const std::string& text) {
    const std::vector<std::string_view> parts = split(without_wrapping(text), '.');
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (parts.size() != 3 || parts[0] != token_form || parts[1].empty() ||
        parts[2].size() != digest_letters || !std::ranges::all_of(parts[2], is_hex))
        return Error{Fault::invalid, "this is no token of an agent; make one with: countersign agent-token"};
    return EnrolmentToken{std::string(parts[1]), std::string(parts[2])};
}

std::string digest_of(const EnrolmentToken& token) {
    return crypto::sha256_hex(text_of(token));
}

Instant renewal_time(const Identity& identity) {
    return identity.certified + (identity.until - identity.certified) / 3;
}

Result<Identity> certified_anew(Identity identity, Secret key_pem, std::string certificate_pem, Instant now) {
    identity.until = TRY(crypto::expiry_of(certificate_pem));
    identity.certified = now;
    identity.trust.certificate_pem = std::move(certificate_pem);
    identity.trust.key_pem = std::move(key_pem);
    return identity;
}

Result<Identity> enrol(const Enrolment& enrolment, Instant now) {
    Identity identity;
    identity.control_plane = enrolment.control_plane;
    identity.enrolled_with = digest_of(enrolment.token);
    identity.trust.authority_pem = TRY(find_authority(enrolment));
    crypto::RequestedKey key = crypto::request_certificate();
    http::Channel channel(url_of(enrolment.control_plane), identity.trust);
    const http::Request request{
        "POST",
        "/v1/enrol",
        {{"Content-Type", "application/json"}},
        formats::to_record(EnrolRequest{enrolment.token.secret, enrolment.name, key.request_pem}),
        ""};
    const http::Response response = TRY(channel.ask(request, enrolment_patience));
    Certified certified = TRY(certified_by(response));
    identity.name = certified.name;
    return certified_anew(std::move(identity), std::move(key.key_pem), std::move(certified.certificate), now);
}

}  // namespace countersign::agent_api::client
