#include "sigv4/signing.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"
#include "formats/uri.h"

namespace countersign::sigv4 {

namespace {

constexpr std::size_t access_key_id_bytes_max = 128;  // IAM: an access key id has 16 to 128 of \w

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool is_scope_part(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c == '-' || is_word({&c, 1}); });
}

// Without dot segments and empty ones; a slash at the end stays (botocore/utils.py, normalize_url_path).
std::string normalized(std::string_view path) {
    std::vector<std::string_view> kept;
    const std::vector<std::string_view> segments = split(path, '/');
    for (const std::string_view segment : segments) {
        if (segment.empty() || segment == ".") continue;
        if (segment != "..")
            kept.push_back(segment);
        else if (!kept.empty())
            kept.pop_back();
    }
    std::string result;
    for (const std::string_view segment : kept) result.append("/").append(segment);
    if (result.empty() || segments.back().empty()) result += '/';
    return result;
}

// Encodes what lies between the bytes to keep.
std::string encoded_between(std::string_view path, std::string_view keep) {
    std::string result;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find_first_of(keep), path.size());
        result += formats::percent_encode(path.substr(0, end));
        if (end < path.size()) result += path[end];
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return result;
}

std::string canonical_path(std::string_view path, PathRule rule) {
    if (path.empty()) return "/";
    if (rule == PathRule::keep) return encoded_between(path, "/%");
    return encoded_between(normalized(path), "/");
}

// Without blanks around, and every run of blanks inside made one.
void append_folded(std::string_view value, std::string& into) {
    bool blank = false;
    for (const char c : trimmed(value)) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (is_blank && !blank) into += ' ';
        if (!is_blank) into += c;
        blank = is_blank;
    }
}

// The line of one signed header; values of headers that came more than once are joined in their order.
void append_header_line(const std::vector<Header>& headers, std::string_view name, std::string& into) {
    into.append(name).append(":");
    bool first = true;
    for (const auto& [key, value] : headers) {
        if (lower(key) != name) continue;
        if (!first) into += ',';
        append_folded(value, into);
        first = false;
    }
    into += '\n';
}

}  // namespace

std::string Scope::text() const {
    std::string text;
    append_to(text);
    return text;
}

void Scope::append_to(std::string& text) const {
    for (const std::string* part : {&date, &region, &service}) text.append(*part) += '/';
    text.append(terminator);
}

Result<CredentialName> parse_credential(std::string_view text) {
    std::array<std::string_view, 5> parts;
    for (std::string_view& part : parts) {
        const std::size_t end = &part == &parts.back() ? text.size() : std::min(text.find('/'), text.size());
        part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (parts.back() != terminator)
        return Error{Fault::invalid, "a credential has the form key/date/region/service/aws4_request"};
    if (parts[0].size() > access_key_id_bytes_max || !is_word(parts[0]))
        return Error{Fault::invalid, "an access key id has 1 to 128 letters and digits"};
    if (!std::all_of(parts.begin() + 1, parts.end(), is_scope_part))
        return Error{Fault::invalid, "a credential scope has letters, digits and hyphens in each part"};
    return CredentialName{std::string(parts[0]),
                          Scope{std::string(parts[1]), std::string(parts[2]), std::string(parts[3])}};
}

std::string canonical_query(const formats::Parameters& query) {
    formats::Parameters encoded;
    encoded.reserve(query.size());
    for (const auto& [name, value] : query)
        encoded.emplace_back(formats::percent_encode(name), formats::percent_encode(value));
    std::ranges::sort(encoded);
    std::string result;
    for (const auto& [name, value] : encoded) {
        if (!result.empty()) result += '&';
        result.append(name).append("=").append(value);
    }
    return result;
}

std::string canonical_request(const SignableRequest& request, PathRule rule) {
    std::string result = request.method + "\n" + canonical_path(request.path, rule) + "\n" +
                         canonical_query(request.query) + "\n";
    for (const std::string& name : request.signed_headers) append_header_line(request.headers, name, result);
    result.append("\n").append(joined(request.signed_headers, ";"));
    result.append("\n").append(request.payload_hash);
    return result;
}

std::string string_to_sign(std::string_view x_amz_date, const Scope& scope,
                           std::string_view canonical_request) {
    constexpr std::size_t enough = 256;
    std::string result;
    result.reserve(enough);
    result.append(algorithm) += '\n';
    result.append(x_amz_date) += '\n';
    scope.append_to(result);
    result += '\n';
    return result.append(crypto::sha256_hex(canonical_request));
}

Secret derive_key(const Secret& secret_access_key, const Scope& scope) {
    std::string seed;
    seed.reserve(4 + secret_access_key.reveal().size());  // one block of memory, which Secret wipes
    seed.append("AWS4").append(secret_access_key.reveal());
    const Secret of_date = crypto::hmac_sha256(Secret(std::move(seed)), scope.date);
    const Secret of_region = crypto::hmac_sha256(of_date, scope.region);
    const Secret of_service = crypto::hmac_sha256(of_region, scope.service);
    return crypto::hmac_sha256(of_service, terminator);
}

std::string signature_of(const Secret& derived_key, std::string_view string_to_sign) {
    return formats::hex(crypto::hmac_sha256(derived_key, string_to_sign).reveal());
}

}  // namespace countersign::sigv4
