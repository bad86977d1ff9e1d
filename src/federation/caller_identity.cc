#include "federation/caller_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "base/text.h"
#include "crypto/digest.h"
#include "federation/base64url.h"
#include "federation/errors.h"
#include "formats/iso_time.h"
#include "formats/record.h"
#include "model/arn.h"
#include "model/region.h"

namespace countersign::federation {

namespace {

constexpr std::string_view prefix = "countersign-aws-v1.";
constexpr std::string_view body = "Action=GetCallerIdentity&Version=2011-06-15";
constexpr std::string_view form = "application/x-www-form-urlencoded; charset=utf-8";
constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t signature_digits = 64;
constexpr std::size_t proof_part_bytes_max = 255;
constexpr std::size_t error_code_bytes_max = 64;

bool consists_of(std::string_view text, std::string_view others) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               others.find(c) != std::string_view::npos;
    });
}

bool is_credential(std::string_view text) {
    const auto credential = sigv4::parse_credential(text);
    return consists_of(text, "/-_") && credential && credential->scope.service == "sts";
}

bool is_well_formed(const CallerIdentityProof& proof) {
    return consists_of(proof.host, "-.:") && consists_of(proof.server, "-.:_/[]") &&
           proof.server.size() <= proof_part_bytes_max && consists_of(proof.nonce, "-") &&
           consists_of(proof.role, "-_:/+=,.@") && proof.nonce.size() <= proof_part_bytes_max &&
           formats::parse_basic_time(proof.date) && is_credential(proof.credential) &&
           proof.signature.size() == signature_digits && consists_of(proof.signature, "") &&
           (proof.session_token.empty() || consists_of(proof.session_token, "+/="));
}

// All headers that are signed, by name in order.
std::vector<http::Header> signed_headers(const CallerIdentityProof& proof) {
    std::vector<http::Header> headers{
        {"content-type", std::string(form)}, {"host", proof.host}, {"x-amz-date", proof.date}};
    if (!proof.session_token.empty()) headers.emplace_back("x-amz-security-token", proof.session_token);
    headers.emplace_back(nonce_header, proof.nonce);
    headers.emplace_back(role_header, proof.role);
    headers.emplace_back(server_header, proof.server);
    return headers;
}

// What AWS calls the refusal, if it says so in one word.
std::string error_code(const std::string& document) {
    pugi::xml_document read;
    read.load_buffer(document.data(), document.size());
    const std::string code = read.select_node("//*[local-name()='Code']").node().child_value();
    return consists_of(code, ".") && code.size() <= error_code_bytes_max ? code : "no known code";
}

std::string subject_of(const model::Arn& arn) {
    constexpr std::string_view session = "assumed-role/";
    if (arn.service != "sts" || !arn.resource.starts_with(session)) return arn.text();
    const std::string rest = arn.resource.substr(session.size());
    return model::Arn{arn.partition, "iam", "", arn.account, "role/" + rest.substr(0, rest.find('/'))}.text();
}

Error unreadable() {
    return provider_unreachable("AWS's STS gave an answer that cannot be read");
}

}  // namespace

std::string to_token(const CallerIdentityProof& proof) {
    return std::string(prefix) + base64url(formats::to_record(proof));
}

bool is_caller_identity_token(std::string_view token) {
    return token.starts_with(prefix);
}

Result<CallerIdentityProof> parse_caller_identity_token(std::string_view token) {
    const Result<std::string> record = is_caller_identity_token(token)
                                           ? from_base64url(token.substr(prefix.size()))
                                           : Result<std::string>("");
    auto proof = record ? formats::from_record<CallerIdentityProof>(*record)
                        : Result<CallerIdentityProof>(record.error());
    if (!proof || !is_well_formed(*proof))
        return invalid_token("The token is no signed GetCallerIdentity request of AWS's STS");
    return proof;
}

Result<void> check_proof(const CallerIdentityProof& proof, const ProofRules& rules) {
    if (!rules.servers.contains(proof.server))
        return invalid_token(
            "The request was signed for another server: its x-countersign-server is no client id of the "
            "provider sts.amazonaws.com");
    if (!rules.hosts.contains(proof.host))
        return invalid_token("The request was signed for a host that is not one of AWS's STS");
    if (proof.role != rules.role) return invalid_token("The request was signed for another role");
    const auto signed_at = formats::parse_basic_time(proof.date);
    if (!signed_at || *signed_at > rules.now + proof_age_max)
        return invalid_token("The request was signed later than now: compare the clocks");
    if (*signed_at < rules.now - proof_age_max)
        return expired_token("The request was signed more than five minutes ago; sign another");
    return {};
}

const std::set<std::string, std::less<>>& aws_sts_hosts() {
    static const std::set<std::string, std::less<>> hosts = [] {
        std::set<std::string, std::less<>> all{std::string(aws_identity_provider)};
        for (const std::string_view region : model::public_regions())
            all.insert(fmt::format("sts.{}.{}", region, model::dns_suffix_of(region)));
        return all;
    }();
    return hosts;
}

CallerIdentityProof sign_caller_identity(const ProofFor& chosen, const sigv4::Credentials& credentials,
                                         Instant now) {
    const sigv4::Scope scope{formats::basic_date(now), chosen.region, "sts"};
    CallerIdentityProof proof{chosen.host,
                              chosen.server,
                              chosen.nonce,
                              chosen.role,
                              formats::basic_time(now),
                              credentials.access_key_id + '/' + scope.text(),
                              "",
                              credentials.session_token};
    const std::vector<http::Header> headers = signed_headers(proof);
    sigv4::SignableRequest request{"POST", "/", {}, headers, {}, crypto::sha256_hex(body)};
    for (const auto& [name, value] : headers) request.signed_headers.push_back(name);
    const Secret key = sigv4::derive_key(credentials.secret_access_key, scope);
    proof.signature =
        sigv4::signature_of(key, sigv4::string_to_sign(proof.date, scope, sigv4::canonical_request(request)));
    return proof;
}

http::Request caller_identity_request(const CallerIdentityProof& proof) {
    http::Request request{"POST", "/", signed_headers(proof), std::string(body), ""};
    std::string names;
    for (const auto& [name, value] : request.headers) names += (names.empty() ? "" : ";") + name;
    request.headers.emplace_back(
        "authorization", fmt::format("{} Credential={}, SignedHeaders={}, Signature={}", sigv4::algorithm,
                                     proof.credential, names, proof.signature));
    return request;
}

std::string digest_of(const CallerIdentityProof& proof) {
    return crypto::sha256_hex(lower(proof.signature));
}

Result<CallerIdentity> read_caller_identity(const http::Response& answer) {
    if (answer.status >= 400 && answer.status < 500)
        return invalid_token("AWS's STS does not accept the signed request: " + error_code(answer.body));
    pugi::xml_document document;
    if (answer.status != 200 || !document.load_buffer(answer.body.data(), answer.body.size()))
        return unreadable();
    const pugi::xml_node result =
        document.child("GetCallerIdentityResponse").child("GetCallerIdentityResult");
    CallerIdentity identity{result.child_value("Arn"), result.child_value("Account"),
                            result.child_value("UserId"), ""};
    const auto arn = model::parse_arn(identity.arn);
    const bool complete = arn && !arn->account.empty() && arn->account == identity.account &&
                          !identity.user_id.empty() && (arn->service == "iam" || arn->service == "sts");
    if (!complete) return unreadable();
    identity.subject = subject_of(*arn);
    return identity;
}

}  // namespace countersign::federation
