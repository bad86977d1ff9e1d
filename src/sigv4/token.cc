#include "sigv4/token.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"

namespace countersign::sigv4 {

namespace {

constexpr std::string_view token_service = "rds-db";
constexpr std::string_view empty_body_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t host_bytes_max = 255;  // RFC 1035, 2.3.4
constexpr std::size_t signature_digits = 64;

// The parameters of a token, in the order of the canonical query.
enum Part : std::size_t {
    action,
    db_user,
    algorithm_name,
    credential,
    date,
    expires,
    session_token,
    signature,
    signed_headers,
};
constexpr std::array<std::string_view, 9> names = {
    "Action",
    "DBUser",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
};
static_assert(std::ranges::is_sorted(names), "the canonical query is written in this order");

// The decoded value of each part; nothing where it is absent.
using Values = std::array<std::optional<std::string_view>, names.size()>;

struct Authority {
    std::string host;
    std::uint16_t port = 0;
};

Error invalid(std::string_view about, std::string_view what) {
    return Error{Fault::invalid, std::string(about) + " " + std::string(what)};
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > host_bytes_max) return false;
    if (host.front() != '[') {
        return std::ranges::all_of(
            host, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
    }
    if (host.size() < 4 || host.back() != ']') return false;
    return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
        return is_hex(c) || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    });
}

// A whole number as programs write it: digits, and no zero in front.
template <class Number>
std::optional<Number> plain_number(std::string_view text) {
    return text.starts_with('0') ? std::nullopt : parse_number<Number>(text);
}

Result<Authority> parse_authority(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return invalid("the token", "names no port before its '?'");
    const auto port = plain_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return invalid("the port", "of the token is not a number between 1 and 65535");
    const std::string_view host = text.substr(0, colon);
    if (!is_host(host)) return invalid("the host", "of the token is not a host name or an address");
    return Authority{std::string(host), *port};
}

// `decoded` keeps what the values refer to.
Result<Values> parse_values(std::string_view query, std::string& decoded) {
    Values values;
    decoded.reserve(query.size());  // and never grows: decoding makes nothing longer
    for (bool is_last = false; !is_last;) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view piece = query.substr(0, end);
        is_last = end == query.size();
        query.remove_prefix(is_last ? end : end + 1);
        const std::size_t equals = std::min(piece.find('='), piece.size());
        const auto name = std::ranges::find(names, piece.substr(0, equals));
        if (name == names.end()) return invalid("the token", "has a parameter that does not belong in it");
        auto& value = values[static_cast<std::size_t>(name - names.begin())];
        if (value) return invalid(*name, "is there more than once");
        const std::size_t before = decoded.size();
        if (!formats::append_percent_decoded(piece.substr(std::min(equals + 1, piece.size())), decoded))
            return invalid(*name, "is not well percent-encoded");
        value = std::string_view(decoded).substr(before);
    }
    for (std::size_t part = 0; part < names.size(); ++part)
        if (!values[part] && part != session_token) return invalid(names[part], "is missing");
    return values;
}

Result<void> check_constants(const Values& values) {
    if (*values[action] != "connect") return invalid(names[action], "is not connect");
    if (*values[algorithm_name] != algorithm)
        return invalid(names[algorithm_name], "is not AWS4-HMAC-SHA256");
    if (*values[signed_headers] != "host") return invalid(names[signed_headers], "is not host");
    if (values[db_user]->empty()) return invalid(names[db_user], "is empty");
    if (!is_utf8(*values[db_user])) return invalid(names[db_user], "is not UTF-8");
    if (values[session_token] && values[session_token]->empty())
        return invalid(names[session_token], "is empty");
    if (values[signature]->size() != signature_digits || !std::ranges::all_of(*values[signature], is_hex))
        return invalid(names[signature], "is not 64 lower-case hex digits");
    return {};
}

Result<CredentialName> parse_token_credential(const Values& values) {
    Result<CredentialName> named = parse_credential(*values[credential]);
    if (!named)
        return invalid(names[credential], "does not have the form key/date/region/rds-db/aws4_request");
    if (named->scope.service != token_service)
        return invalid(names[credential], "is scoped to another service than rds-db");
    if (named->scope.date != values[date]->substr(0, 8))
        return invalid(names[credential], "is scoped to another date than X-Amz-Date's");
    return named;
}

// Whether all are from '!' to '~'. Eight at a time: tokens of sessions are long. What is wrong shows in the
// highest bit of its byte.
bool is_printable(std::string_view text) {
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t highest = each * 0x80;
    std::uint64_t bytes = 0;
    std::uint64_t wrong = 0;
    const auto look = [&] { wrong |= bytes | (bytes + each) | ~((bytes | highest) - each * '!'); };
    for (; text.size() >= sizeof bytes; text.remove_prefix(sizeof bytes)) {
        std::memcpy(&bytes, text.data(), sizeof bytes);
        look();
    }
    bytes = each * '!';
    text.copy(reinterpret_cast<char*>(&bytes), sizeof bytes);  // may be empty, and then nowhere
    look();
    return (wrong & highest) == 0;
}

Result<void> check_bytes(std::string_view text) {
    if (text.size() > limits::token_bytes_max)
        return invalid("the token", "is longer than " + std::to_string(limits::token_bytes_max) + " bytes");
    if (!is_printable(text))
        return invalid("the token", "holds a byte that is not a printable ASCII character");
    if (text.find('#') != std::string_view::npos) return invalid("the token", "has a fragment");
    return {};
}

void append_encoded(const Values& values, std::size_t part, std::string& into) {
    into.append(names[part]) += '=';
    formats::append_percent_encoded(*values[part], into);
}

std::string canonical(const Values& values) {
    constexpr std::size_t enough_for_the_rest = 512;
    std::string result;
    result.reserve(enough_for_the_rest + (values[session_token] ? 3 * values[session_token]->size() : 0));
    for (std::size_t part = 0; part < names.size(); ++part) {
        if (part == signature || !values[part]) continue;
        if (!result.empty()) result += '&';
        append_encoded(values, part, result);
    }
    return result;
}

std::string signature_for(const Secret& derived_key, std::string_view x_amz_date, const Scope& scope,
                          std::string_view canonical_query, std::string_view host) {
    constexpr std::size_t enough_for_the_rest = 128;
    constexpr std::string_view before_query = "GET\n/\n";
    constexpr std::string_view before_host = "\nhost:";
    constexpr std::string_view before_hash = "\n\nhost\n";
    std::string request;
    request.reserve(canonical_query.size() + host.size() + enough_for_the_rest);
    request.append(before_query).append(canonical_query).append(before_host).append(host);
    request.append(before_hash).append(empty_body_hash);
    return signature_of(derived_key, string_to_sign(x_amz_date, scope, request));
}

// The port that generators leave out of the signed host: the default of https. A signed host without a port
// stands for this port alone, so that no token is good for two.
constexpr std::uint16_t unsigned_port = 443;

// Whether one of the hosts that one generator or another signs for this text makes the signature. All are
// tried.
template <class Makes>
bool any_signable_host(const std::string& host, std::uint16_t port, const Makes& makes) {
    bool found = false;
    const auto look = [&](std::string form) {
        if (port == unsigned_port) found |= makes(form);
        found |= makes(form.append(":").append(std::to_string(port)));
    };
    look(host);
    if (std::string small = lower(host); small != host) look(std::move(small));
    return found;
}

}  // namespace

std::string make_token(const TokenTarget& target, const Credentials& credentials, Instant now,
                       std::chrono::seconds lifetime) {
    const Scope scope{formats::basic_date(now), target.region, std::string(token_service)};
    const std::string named = credentials.access_key_id + "/" + scope.text();
    const std::string time = formats::basic_time(now);
    const std::string seconds = std::to_string(lifetime.count());
    Values values;
    values[action] = "connect";
    values[db_user] = target.db_user;
    values[algorithm_name] = algorithm;
    values[credential] = named;
    values[date] = time;
    values[expires] = seconds;
    values[signed_headers] = "host";
    if (!credentials.session_token.empty()) values[session_token] = credentials.session_token;

    const std::string port = ":" + std::to_string(target.port);
    const std::string signed_host = lower(target.host) + (target.port == unsigned_port ? "" : port);
    const Secret key = derive_key(credentials.secret_access_key, scope);
    const std::string signed_by = signature_for(key, time, scope, canonical(values), signed_host);
    values[signature] = signed_by;

    std::string token = target.host + port + "/?";
    append_encoded(values, action, token);
    for (const Part part :
         {db_user, algorithm_name, credential, date, expires, signed_headers, session_token, signature})
        if (values[part]) append_encoded(values, part, token += '&');
    return token;
}

bool can_be_of(std::string_view date, Instant now) {
    const auto day = formats::parse_basic_time(std::string(date) + "T000000Z");
    if (!day) return false;
    const auto of = [](Instant time) { return std::chrono::floor<std::chrono::days>(time); };
    const auto oldest = std::chrono::ceil<std::chrono::seconds>(now - limits::token_lifetime_max);
    return of(*day) >= of(oldest) && of(*day) <= of(now + limits::token_future_skew_max);
}

bool PresentedToken::signed_by(const Secret& derived_key) const {
    const std::string_view date(x_amz_date_.data(), x_amz_date_.size());
    return any_signable_host(host_, port_, [&](const std::string& host) {
        const std::string expected = signature_for(derived_key, date, scope_, canonical_query_, host);
        return crypto::same_secret(expected, signature());
    });
}

std::string PresentedToken::digest() const {
    return crypto::sha256_hex(access_key_id_ + '/' + scope_.text() + '/' + std::string(signature()));
}

Result<PresentedToken> parse_token(std::string_view text) {
    TRY(check_bytes(text));
    const std::size_t mark = text.find('?');
    if (mark == std::string_view::npos) return invalid("the token", "has no '?' after host and port");
    std::string_view before = text.substr(0, mark);
    if (before.ends_with('/')) before.remove_suffix(1);  // the Go SDK leaves the slash out
    Authority authority = TRY(parse_authority(before));
    std::string decoded;
    const Values values = TRY(parse_values(text.substr(mark + 1), decoded));
    TRY(check_constants(values));
    const auto signed_at = formats::parse_basic_time(*values[date]);
    if (!signed_at) return invalid(names[date], "is not a time of the form YYYYMMDDTHHMMSSZ");
    const auto lifetime = plain_number<std::uint32_t>(*values[expires]);
    if (!lifetime || std::chrono::seconds(*lifetime) > limits::token_lifetime_max)
        return invalid(names[expires], "is not a whole number between 1 and 900");
    CredentialName named = TRY(parse_token_credential(values));

    PresentedToken token;
    token.host_ = std::move(authority.host);
    token.port_ = authority.port;
    token.canonical_query_ = canonical(values);
    token.db_user_ = *values[db_user];
    token.access_key_id_ = std::move(named.access_key_id);
    token.scope_ = std::move(named.scope);
    token.session_token_ = values[session_token].value_or(std::string_view());
    token.signed_at_ = *signed_at;
    token.expires_at_ = *signed_at + std::chrono::seconds(*lifetime);
    values[date]->copy(token.x_amz_date_.data(), token.x_amz_date_.size());
    values[signature]->copy(token.signature_.data(), token.signature_.size());
    return token;
}

}  // namespace countersign::sigv4
