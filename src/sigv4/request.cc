#include "sigv4/request.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"

namespace countersign::sigv4 {

namespace {

constexpr std::uint32_t presigned_seconds_max = 604'800;  // AWS: a week
constexpr std::string_view signature_parameter = "X-Amz-Signature";
constexpr std::string_view token_parameter = "X-Amz-Security-Token";
constexpr std::string_view mismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access "
    "Key and signing method. Consult the service documentation for details.";

// The parameters that sign a query, each at most once.
constexpr std::array<std::string_view, 7> signing_parameters = {
    "X-Amz-Algorithm",     "X-Amz-Credential", "X-Amz-Date",        "X-Amz-Expires",
    "X-Amz-SignedHeaders", token_parameter,    signature_parameter,
};

// What a request says about its signature, wherever it says so. An absent part is empty.
struct Fields {
    std::string algorithm;
    std::string credential;
    std::string signed_headers;
    std::string signature;
    std::string x_amz_date;
    std::string session_token;
    std::chrono::seconds lifetime = limits::clock_skew_api_max;
};

Error incomplete(std::string_view sentence) {
    return Error{Fault::invalid, std::string(sentence), "IncompleteSignature"};
}

Error does_not_match(std::string sentence) {
    return Error{Fault::unauthenticated, std::move(sentence), "SignatureDoesNotMatch"};
}

// The value of the only header of that name; empty when there is none.
Result<std::string> sole_header(const http::Request& request, std::string_view name) {
    std::optional<std::string> found;
    for (const auto& [key, value] : request.headers) {
        if (lower(key) != name) continue;
        if (found) return incomplete("The header " + std::string(name) + " is there more than once.");
        found = std::string(trimmed(value));
    }
    return std::move(found).value_or("");
}

bool is_signing_parameter(const formats::Parameter& parameter) {
    return std::ranges::find(signing_parameters, parameter.first) != signing_parameters.end();
}

// The member that a part of the Authorization header belongs to, or nullptr.
std::string* field_named(Fields& fields, std::string_view name) {
    if (name == "Credential") return &fields.credential;
    if (name == "SignedHeaders") return &fields.signed_headers;
    if (name == "Signature") return &fields.signature;
    return nullptr;
}

// AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
Result<void> read_authorization(std::string_view authorization, Fields& fields) {
    const std::string_view name = authorization.substr(0, authorization.find(' '));
    fields.algorithm = name;
    if (name != algorithm) return {};
    for (const std::string_view piece : split(authorization.substr(name.size()), ',')) {
        const std::string_view part = trimmed(piece);
        const std::size_t equals = part.find('=');
        std::string* const field = field_named(fields, part.substr(0, equals));
        if (equals == std::string_view::npos || equals + 1 == part.size() || !field)
            return incomplete("The Authorization header has a part that is empty or does not belong in it.");
        if (!field->empty()) return incomplete("The Authorization header has a part more than once.");
        *field = part.substr(equals + 1);
    }
    return {};
}

Result<Fields> fields_of_headers(const http::Request& request) {
    Fields fields;
    const std::string authorization = TRY(sole_header(request, "authorization"));
    TRY(read_authorization(authorization, fields));
    fields.x_amz_date = TRY(sole_header(request, "x-amz-date"));
    fields.session_token = TRY(sole_header(request, "x-amz-security-token"));
    std::string missing;
    for (const std::string_view name : {"Credential", "Signature", "SignedHeaders"}) {
        if (!field_named(fields, name)->empty()) continue;
        missing.append("Authorization header requires '").append(name).append("' parameter. ");
    }
    if (fields.x_amz_date.empty())
        missing += "Authorization header requires existence of a 'X-Amz-Date' header. ";
    if (fields.algorithm == algorithm && !missing.empty()) return incomplete(trimmed(missing));
    return fields;
}

Result<void> read_lifetime(const formats::Parameters& query, Fields& fields) {
    const std::string* const expires = formats::find(query, "X-Amz-Expires");
    if (!expires) return {};
    const auto seconds = parse_number<std::uint32_t>(*expires);
    if (!seconds || *seconds == 0 || *seconds > presigned_seconds_max)
        return incomplete("X-Amz-Expires must be a whole number of seconds between 1 and 604800.");
    fields.lifetime = std::chrono::seconds(*seconds);
    return {};
}

Result<Fields> fields_of_query(const http::Request& request, const formats::Parameters& query) {
    const auto value = [&](std::string_view name) {
        const std::string* const found = formats::find(query, name);
        return found ? *found : std::string();
    };
    for (const std::string_view name : signing_parameters)
        if (std::ranges::count(query, name, &formats::Parameter::first) > 1)
            return incomplete("The query parameter " + std::string(name) + " is there more than once.");
    Fields fields{value("X-Amz-Algorithm"),   value("X-Amz-Credential"), value("X-Amz-SignedHeaders"),
                  value(signature_parameter), value("X-Amz-Date"),       value(token_parameter)};
    TRY(read_lifetime(query, fields));
    for (const std::string* field : {&fields.algorithm, &fields.credential, &fields.signed_headers,
                                     &fields.signature, &fields.x_amz_date})
        if (field->empty())
            return incomplete(
                "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', "
                "'X-Amz-Signature', 'X-Amz-SignedHeaders' and 'X-Amz-Date'. "
                "Re-examine the query-string parameters.");
    std::string header_token = TRY(sole_header(request, "x-amz-security-token"));
    if (!header_token.empty() && !fields.session_token.empty())
        return incomplete("The session token is both in the query and in a header.");
    if (!header_token.empty()) fields.session_token = std::move(header_token);
    return fields;
}

Result<Fields> fields_of(const http::Request& request, const formats::Parameters& query) {
    const bool in_header = request.header("authorization") != nullptr;
    const bool in_query = std::ranges::any_of(query, is_signing_parameter);
    if (in_header && in_query)
        return does_not_match(
            "A request is signed either by an Authorization header or by query parameters.");
    if (!in_header && !in_query) {
        return Error{Fault::unauthenticated, "Request is missing Authentication Token",
                     "MissingAuthenticationToken"};
    }
    Fields fields = TRY(in_header ? fields_of_headers(request) : fields_of_query(request, query));
    if (fields.algorithm != algorithm) return incomplete("Unsupported AWS 'algorithm'.");
    return fields;
}

// The terminator apart from the rest, because a wrong one has an error of its own.
Result<std::pair<CredentialName, std::string>> parse_terminated(const std::string& credential) {
    const std::vector<std::string_view> parts = split(credential, '/');
    if (parts.size() != 5) {
        return incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term");
    }
    if (parts[0].empty()) {
        return Error{Fault::unauthenticated, "The security token included in the request is invalid.",
                     "InvalidClientTokenId"};
    }
    const std::string before = credential.substr(0, credential.size() - parts[4].size());
    Result<CredentialName> named = parse_credential(before + std::string(terminator));
    if (!named) return incomplete("The credential has a character that does not belong in it.");
    return std::pair(*std::move(named), std::string(parts[4]));
}

Result<std::vector<std::string>> parse_signed_headers(std::string_view text) {
    std::vector<std::string> signed_headers;
    for (const std::string_view name : split(text, ';')) {
        const bool in_order = signed_headers.empty() || signed_headers.back() < name;
        if (name.empty() || lower(name) != name || !in_order)
            return incomplete("SignedHeaders must be lower-case names in alphabetical order.");
        signed_headers.emplace_back(name);
    }
    return signed_headers;
}

Result<SignableRequest> signable_of(const http::Request& request, formats::Parameters query,
                                    std::string_view signed_headers) {
    std::vector<std::string> names = TRY(parse_signed_headers(signed_headers));
    std::string payload_hash = TRY(sole_header(request, "x-amz-content-sha256"));
    SignableRequest signable{.method = request.method,
                             .path = std::string(request.path()),
                             .query = std::move(query),
                             .headers = request.headers,
                             .signed_headers = std::move(names),
                             .payload_hash = std::move(payload_hash)};
    std::erase_if(signable.query,
                  [](const auto& parameter) { return parameter.first == signature_parameter; });
    return signable;
}

Result<void> check_scope(const Scope& scope, std::string_view service, std::string_view x_amz_date) {
    if (scope.service != service)
        return does_not_match("Credential should be scoped to correct service: '" + std::string(service) +
                              "'");
    if (scope.date == x_amz_date.substr(0, 8)) return {};
    return does_not_match(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
        scope.date + "' != '" + std::string(x_amz_date.substr(0, 8)) + "', from '" + std::string(x_amz_date) +
        "'.");
}

std::string in_words(std::chrono::seconds span) {
    if (span % std::chrono::minutes(1) == std::chrono::seconds(0))
        return std::to_string(std::chrono::floor<std::chrono::minutes>(span).count()) + " min.";
    return std::to_string(span.count()) + " s";
}

Result<void> check_window(Instant signed_at, std::chrono::seconds lifetime, Instant now) {
    using formats::basic_time;
    constexpr std::chrono::seconds skew = limits::clock_skew_api_max;
    if (signed_at + lifetime < now)
        return does_not_match("Signature expired: " + basic_time(signed_at) + " is now earlier than " +
                              basic_time(now - lifetime) + " (" + basic_time(now) + " - " +
                              in_words(lifetime) + ")");
    if (now + skew < signed_at)
        return does_not_match("Signature not yet current: " + basic_time(signed_at) +
                              " is still later than " + basic_time(now + skew) + " (" + basic_time(now) +
                              " + " + in_words(skew) + ")");
    return {};
}

// What is not signed could be changed on the way: host and all that speaks to AWS must be.
Result<void> check_signed_headers(const SignableRequest& request) {
    const std::vector<std::string>& names = request.signed_headers;
    if (!std::ranges::binary_search(names, "host"))
        return does_not_match("'Host' must be a 'SignedHeader' in the AWS Authorization.");
    std::vector<std::string> sent;
    for (const Header& header : request.headers) sent.push_back(lower(header.first));
    for (const std::string& name : sent)
        if (name.starts_with("x-amz-") && !std::ranges::binary_search(names, name))
            return does_not_match("There were headers present in the request which were not signed.");
    for (const std::string& name : names)
        if (std::ranges::find(sent, name) == sent.end()) return does_not_match(std::string(mismatch));
    return {};
}

}  // namespace

Result<SignedRequest> parse_request(const http::Request& request) {
    Result<formats::Parameters> query = formats::parse_query(request.query(), formats::Plus::literal);
    if (!query)
        return Error{Fault::invalid, "The query string contains a syntax error.", "MalformedQueryString"};
    Fields fields = TRY(fields_of(request, *query));
    auto [credential, last_part] = TRY(parse_terminated(fields.credential));
    const auto signed_at = formats::parse_basic_time(fields.x_amz_date);
    if (!signed_at) return incomplete("Date must be in ISO-8601 'basic format'.");

    SignedRequest result;
    result.signable_ = TRY(signable_of(request, *std::move(query), fields.signed_headers));
    result.body_hash_ = crypto::sha256_hex(request.body);
    if (result.signable_.payload_hash.empty()) result.signable_.payload_hash = result.body_hash_;
    result.credential_ = std::move(credential);
    result.terminator_ = std::move(last_part);
    result.session_token_ = std::move(fields.session_token);
    result.x_amz_date_ = std::move(fields.x_amz_date);
    result.signed_at_ = *signed_at;
    result.lifetime_ = fields.lifetime;
    result.signature_ = std::move(fields.signature);
    return result;
}

Result<void> SignedRequest::verify(const Secret& secret_access_key, std::string_view service,
                                   Instant now) const {
    if (terminator_ != terminator)
        return does_not_match("Credential should be scoped with a valid terminator: 'aws4_request'");
    TRY(check_scope(credential_.scope, service, x_amz_date_));
    TRY(check_window(signed_at_, lifetime_, now));
    TRY(check_signed_headers(signable_));
    if (signable_.payload_hash != body_hash_)
        return does_not_match("The provided 'x-amz-content-sha256' header does not match what was computed.");
    const Secret key = derive_key(secret_access_key, credential_.scope);
    const std::string text = string_to_sign(x_amz_date_, credential_.scope, canonical_request(signable_));
    if (!crypto::same_secret(signature_of(key, text), signature_))
        return does_not_match(std::string(mismatch));
    return {};
}

}  // namespace countersign::sigv4
