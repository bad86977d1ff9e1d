#include "login/token_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

bool is_encoded_as_a_whole(std::string_view text) {
    return !has(text, "?") && has(lower(text), "%3faction%3d");
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

std::string cut_words(std::size_t bytes) {
    const auto known = std::ranges::find(buffers, bytes, &Buffer::bytes);
    const std::string whose =
        known == buffers.end() ? std::string() : fmt::format(", which is what {}", known->whose);
    return fmt::format(" after {} bytes{}", bytes, whose);
}

// How a text looks, how that is told, and the mend. The first that fits is told. Rows that see nothing are
// found in the sentences of sigv4::parse_token() and of PostgreSQL's log.
struct Fault {
    std::string_view looks;
    bool (*seen)(std::string_view text);
    std::string_view mend;
};
constexpr std::string_view cut = "it was cut off";
constexpr std::array<Fault, 19> faults{{
    {"it ends with a line break", ends_with_line_break,
     "strip the line break at its end: PGPASSWORD=\"$(…)\" does, a file or a secret that was stored with it "
     "does not"},
    {"it is masked (***)", is_masked,
     "send the token itself: what a log or a CI system shows as *** is its mask, and was copied or kept"},
    {"there are blanks around it", has_blanks_around, "strip the blanks around it"},
    {"it stands in quotes", is_quoted, "take the quotes off: they are not a part of the token"},
    {"it begins with a scheme", has_scheme, "cut https:// off its beginning: a token begins with the host"},
    {"it was percent-encoded as a whole", is_encoded_as_a_whole,
     "decode it once before it is sent: only inside a connection URL is it percent-encoded as a whole"},
    {"its percent-encoding was done twice (%252F)", is_encoded_twice,
     "do not encode it again: inside a connection URL it is encoded once as a whole, elsewhere it is sent as "
     "printed"},
    {"its percent-encoding was lost (a blank is in it)", has_blank_inside,
     "do not decode it: send it as printed, with its %2F, %2B and %3D"},
    {"it was signed for the service rds", is_for_service_rds,
     "sign for the service rds-db: make it with `aws rds generate-db-auth-token`, not as a presigned URL of "
     "the RDS API"},
    {"it signs a payload (X-Amz-Content-Sha256)", signs_a_payload,
     "sign the hash of an empty body, not UNSIGNED-PAYLOAD, and no X-Amz-Content-Sha256: use the SDK's own "
     "function for database tokens"},
    {cut, is_cut,
     "pass it by PGPASSWORD or a password file, through clients, poolers and variables that keep at least 8 "
     "KiB: what has cut it kept too few bytes (99, 128, 255, 512, 995 and 2047 are usual)"},
    {"it looks like a password", is_password,
     "send a token, not a password: members of rds_iam have no other way in; `REVOKE rds_iam FROM …` gives "
     "the password back"},
    {"the password is empty", nullptr,
     "send the token as the password; a command that prints none has failed before"},
    {"longer than", nullptr, "send the token alone: none is as long as that"},
    {"another service than rds-db", nullptr,
     "sign for the service rds-db: make it with `aws rds generate-db-auth-token`"},
    {"between 1 and 900", nullptr, "ask for a lifetime of 1 to 900 seconds (X-Amz-Expires); 900 is usual"},
    {"is not host", nullptr, "sign the header host and no other (X-Amz-SignedHeaders=host)"},
    {"names no port", nullptr, "sign for HOST:PORT, with the port of the endpoint"},
    {"", nullptr, "send what `aws rds generate-db-auth-token` prints, unchanged, as the password"},
}};

// What generators have signed by mistake in place of HOST:PORT and an empty body.
struct Misreading {
    bool with_port;
    std::string_view payload;  // empty: the hash of an empty body
    std::string_view words;
};
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
constexpr std::array<Misreading, 3> misreadings{{
    {true, unsigned_payload, "; it was made over UNSIGNED-PAYLOAD"},
    {false, unsigned_payload, "; it was made over UNSIGNED-PAYLOAD"},
    {false, "", "; it was made for the host without its port"},
}};

}  // namespace

std::string looks_of(std::string_view text) {
    const auto fault =
        std::ranges::find_if(faults, [&](const Fault& row) { return row.seen != nullptr && row.seen(text); });
    if (fault == faults.end()) return {};
    return fmt::format("; {}{}", fault->looks, fault->looks == cut ? cut_words(text.size()) : "");
}

std::string signature_fault_of(std::string_view token, const Secret& derived_key) {
    const std::size_t mark = token.find('?');
    if (mark == token.npos) return {};
    auto query = formats::parse_query(token.substr(mark + 1), formats::Plus::literal);
    if (!query) return {};
    const auto value_of = [&](std::string_view name) {
        const std::string* found = formats::find(*query, name);
        return found == nullptr ? std::string() : *found;
    };
    const std::string signature = value_of("X-Amz-Signature");
    const std::string date = value_of("X-Amz-Date");
    const auto credential = sigv4::parse_credential(value_of("X-Amz-Credential"));
    if (!credential) return {};
    std::erase_if(*query, [](const formats::Parameter& pair) { return pair.first == "X-Amz-Signature"; });
    std::string_view authority = token.substr(0, mark);
    if (authority.ends_with('/')) authority.remove_suffix(1);
    for (const Misreading& row : misreadings) {
        const std::string host(row.with_port ? authority : authority.substr(0, authority.rfind(':')));
        const std::string hash(row.payload.empty() ? crypto::sha256_hex("") : row.payload);
        const std::string request =
            sigv4::canonical_request({"GET", "/", *query, {{"host", host}}, {"host"}, hash});
        const std::string to_sign = sigv4::string_to_sign(date, credential->scope, request);
        if (crypto::same_secret(sigv4::signature_of(derived_key, to_sign), signature))
            return std::string(row.words);
    }
    return {};
}

std::string_view mend_of_form(std::string_view reason) {
    return std::ranges::find_if(faults, [&](const Fault& row) { return has(reason, row.looks); })->mend;
}

}  // namespace countersign::login
