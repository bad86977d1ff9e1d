#include "login/token_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "formats/query.h"
#include "sigv4/signing.h"

namespace countersign::login {

namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_json(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && (text[first] == '{' || text[first] == '[');
}

bool is_wrapped(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return false;
    const std::string_view body = text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
    return body.find_first_of("\r\n") != body.npos || has(body, "\\n") ||
           (has(body, "X-Amz-") && has(body, "  "));
}

bool ends_with_line_break(std::string_view text) {
    return text.ends_with('\n') || text.ends_with('\r');
}

bool is_masked(std::string_view text) {
    return has(text, "***");
}

bool has_blanks_around(std::string_view text) {
    return !text.empty() && (is_blank(text.front()) || is_blank(text.back()));
}

bool is_quoted(std::string_view text) {
    constexpr std::string_view quotes = "'\"`";
    return !text.empty() && (has(quotes, text.substr(0, 1)) || has(quotes, text.substr(text.size() - 1)));
}

bool has_scheme(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

bool is_html(std::string_view text) {
    return has(text, "&amp;");
}

bool is_json_escaped(std::string_view text) {
    return has(text, "\\u0026") || has(text, "\\u003") || has(text, "\\/");
}

bool has_backslashes(std::string_view text) {
    return has(text, "Action") && has(text, "\\");
}

bool is_encoded_as_a_whole(std::string_view text) {
    const std::string small = lower(text);
    return (!has(text, "?") && has(small, "%3faction%3d")) || has(small, "%26x-amz-") ||
           has(small, "%26dbuser%3d");
}

bool is_encoded_twice(std::string_view text) {
    constexpr std::array<std::string_view, 5> twice = {"%252f", "%252b", "%253d", "%2540", "%253a"};
    const std::string small = lower(text);
    return std::ranges::any_of(twice, [&](std::string_view escape) { return has(small, escape); });
}

bool has_blank_inside(std::string_view text) {
    return has(text, "X-Amz-") && std::ranges::any_of(text, is_blank);
}

bool is_for_service_rds(std::string_view text) {
    const std::string small = lower(text);
    return has(small, "%2frds%2faws4_request") || has(small, "/rds/aws4_request");
}

bool signs_a_payload(std::string_view text) {
    return has(text, "X-Amz-Content-Sha256");
}

bool is_host(std::string_view text) {
    const auto of_host = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && std::ranges::all_of(text, of_host);
}

// A name with three labels or more, which a password hardly is, or this machine's.
bool is_host_alone(std::string_view text) {
    return is_host(text) && (text == "localhost" || std::ranges::count(text, '.') >= 2);
}

bool is_authority_alone(std::string_view text) {
    if (text.ends_with('/')) text.remove_suffix(1);
    const std::size_t colon = text.find(':');
    return colon != text.npos && is_host(text.substr(0, colon)) &&
           parse_number<std::uint16_t>(text.substr(colon + 1)).has_value();
}

// Its first parameter alone.
bool ends_before_ampersand(std::string_view text) {
    const std::size_t mark = text.find('?');
    return mark != text.npos && is_authority_alone(text.substr(0, mark)) && !has(text, "&") &&
           (has(text, "?Action=connect") || has(text, "?X-Amz-") || has(text, "?DBUser="));
}

// It begins as tokens do and does not come to their end: the signature or its last digits are missing.
bool is_cut(std::string_view text) {
    if (!has(text, "?") || !has(text, "Action=")) return false;
    constexpr std::string_view name = "X-Amz-Signature=";
    constexpr std::size_t digits = 64;
    const std::size_t found = text.find(name);
    return found == text.npos || text.find('&', found) == text.npos
               ? found == text.npos || text.size() - found - name.size() < digits
               : !has(text, "X-Amz-SignedHeaders=host");
}

bool is_password(std::string_view text) {
    return !has(text, "?") && !has(text, "X-Amz-");
}

// Sizes to which one program or another cuts a password.
struct Buffer {
    std::size_t bytes;
    std::string_view whose;
};
constexpr std::array<Buffer, 10> buffers{{
    {99, "psql 13 and older read at their prompt"},
    {127, "older PgBouncers keep"},
    {128, "older PgBouncers keep"},
    {255, "clients with a buffer of 256 bytes keep"},
    {256, "clients with a buffer of 256 bytes keep"},
    {511, "PAM modules of the system keep"},
    {512, "PAM modules of the system keep"},
    {995, "PostgreSQL 13 and older read"},
    {2047, "clients with a buffer of 2048 bytes keep"},
    {2048, "clients with a buffer of 2048 bytes keep"},
}};

bool is_cut_at_buffer(std::string_view text) {
    return is_cut(text) && std::ranges::find(buffers, text.size(), &Buffer::bytes) != buffers.end();
}

std::string cut_words(std::size_t bytes) {
    const auto known = std::ranges::find(buffers, bytes, &Buffer::bytes);
    const std::string whose =
        known == buffers.end() ? std::string() : fmt::format(", which is what {}", known->whose);
    return fmt::format(" after {} bytes{}", bytes, whose);
}

// The decoded value of a parameter; nothing where it is absent or not well encoded.
std::optional<std::string> value_in(std::string_view text, std::string_view name) {
    const std::size_t mark = std::min(text.find('?'), text.size() - 1);
    const auto query = formats::parse_query(text.substr(mark + 1), formats::Plus::literal);
    const std::string* found = query ? formats::find(*query, name) : nullptr;
    return found == nullptr ? std::nullopt : std::optional(*found);
}

bool is_too_long(std::string_view text) {
    return text.size() > limits::token_bytes_max;
}

bool is_for_another_service(std::string_view text) {
    const auto credential = sigv4::parse_credential(value_in(text, "X-Amz-Credential").value_or(""));
    return credential && credential->scope.service != "rds-db";
}

bool has_wrong_lifetime(std::string_view text) {
    const auto expires = value_in(text, "X-Amz-Expires");
    if (!expires) return false;
    const auto lifetime = parse_number<std::uint32_t>(*expires);
    return !lifetime || *lifetime == 0 || std::chrono::seconds(*lifetime) > limits::token_lifetime_max;
}

bool signs_other_headers(std::string_view text) {
    return value_in(text, "X-Amz-SignedHeaders").value_or("host") != "host";
}

bool names_no_port(std::string_view text) {
    return has(text, "?") && !has(text.substr(0, text.find('?')), ":");
}

// How a text looks and how that is told; the first that fits. Nothing is added to a sentence of
// sigv4::parse_token() that says it.
struct FormRow {
    RefusalCode code;
    std::string_view looks;
    bool (*seen)(std::string_view text);
};
constexpr std::array<FormRow, 26> form_rows{{
    {RefusalCode::token_json, "it is a JSON document, not the text inside", is_json},
    {RefusalCode::token_wrapped, "there are line breaks inside it", is_wrapped},
    {RefusalCode::token_line_break, "it ends with a line break", ends_with_line_break},
    {RefusalCode::token_masked, "it is masked (***)", is_masked},
    {RefusalCode::token_blanks_around, "there are blanks around it", has_blanks_around},
    {RefusalCode::token_quoted, "it stands in quotes", is_quoted},
    {RefusalCode::token_scheme, "it begins with a scheme", has_scheme},
    {RefusalCode::token_html, "its & are written &amp;", is_html},
    {RefusalCode::token_json_escaped, "it has JSON's escapes (\\u0026)", is_json_escaped},
    {RefusalCode::token_backslashes, "there are backslashes in it", has_backslashes},
    {RefusalCode::token_encoded_whole, "it was percent-encoded as a whole", is_encoded_as_a_whole},
    {RefusalCode::token_encoded_twice, "its percent-encoding was done twice (%252F)", is_encoded_twice},
    {RefusalCode::token_decoded, "its percent-encoding was lost (a blank is in it)", has_blank_inside},
    {RefusalCode::token_of_rds, "it was signed for the service rds", is_for_service_rds},
    {RefusalCode::token_payload, "it signs a payload (X-Amz-Content-Sha256)", signs_a_payload},
    {RefusalCode::token_cut_at_colon, "it is a host's name: it was cut at the colon", is_host_alone},
    {RefusalCode::token_cut_at_question_mark, "it is host and port: it was cut at the question mark",
     is_authority_alone},
    {RefusalCode::token_cut_at_ampersand, "it was cut at its first &", ends_before_ampersand},
    {RefusalCode::token_cut_at_buffer, "it was cut off", is_cut_at_buffer},
    {RefusalCode::token_cut, "it was cut off", is_cut},
    {RefusalCode::token_is_password, "it looks like a password", is_password},
    {RefusalCode::token_too_long, "", is_too_long},
    {RefusalCode::token_other_service, "", is_for_another_service},
    {RefusalCode::token_lifetime, "", has_wrong_lifetime},
    {RefusalCode::token_signed_headers, "", signs_other_headers},
    {RefusalCode::token_no_port, "", names_no_port},
}};

// What generators have signed by mistake in place of HOST:PORT and an empty body.
struct Misreading {
    bool with_port;
    std::string_view payload;  // empty: the hash of an empty body
    RefusalCode code;
};
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr std::array<Misreading, 3> misreadings{{
    {true, unsigned_payload, RefusalCode::signature_unsigned_payload},
    {false, unsigned_payload, RefusalCode::signature_unsigned_payload},
    {false, "", RefusalCode::signature_without_port},
}};

}  // namespace

FormFault form_fault_of(std::string_view text) {
    const auto row = std::ranges::find_if(form_rows, [&](const FormRow& each) { return each.seen(text); });
    if (row == form_rows.end()) return {RefusalCode::token_malformed, {}};
    if (row->looks.empty()) return {row->code, {}};
    const bool cut = row->code == RefusalCode::token_cut || row->code == RefusalCode::token_cut_at_buffer;
    return {row->code, fmt::format("; {}{}", row->looks, cut ? cut_words(text.size()) : "")};
}

RefusalCode signature_fault_of(std::string_view token, const Secret& derived_key) {
    const std::size_t mark = token.find('?');
    if (mark == token.npos) return RefusalCode::signature_differs;
    auto query = formats::parse_query(token.substr(mark + 1), formats::Plus::literal);
    if (!query) return RefusalCode::signature_differs;
    const auto value_of = [&](std::string_view name) {
        const std::string* found = formats::find(*query, name);
        return found == nullptr ? std::string() : *found;
    };
    const std::string signature = value_of("X-Amz-Signature");
    const std::string date = value_of("X-Amz-Date");
    const auto credential = sigv4::parse_credential(value_of("X-Amz-Credential"));
    if (!credential) return RefusalCode::signature_differs;
    std::erase_if(*query, [](const formats::Parameter& pair) { return pair.first == "X-Amz-Signature"; });
    std::string_view authority = token.substr(0, mark);
    if (authority.ends_with('/')) authority.remove_suffix(1);
    for (const Misreading& row : misreadings) {
        const std::string host(row.with_port ? authority : authority.substr(0, authority.rfind(':')));
        const std::string hash(row.payload.empty() ? crypto::sha256_hex("") : row.payload);
        const std::string request =
            sigv4::canonical_request({"GET", "/", *query, {{"host", host}}, {"host"}, hash});
        const std::string to_sign = sigv4::string_to_sign(date, credential->scope, request);
        if (crypto::same_secret(sigv4::signature_of(derived_key, to_sign), signature)) return row.code;
    }
    return RefusalCode::signature_differs;
}

}  // namespace countersign::login
