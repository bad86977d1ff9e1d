#include "client/credentials/documents.h"

#include <fmt/format.h>

#include "base/text.h"
#include "client/json_members.h"
#include "formats/iso_time.h"
#include "formats/json.h"

namespace countersign::client {

namespace {

namespace json = formats::json;

// The members that a document calls by its own names. Nothing when one of the first two is missing.
struct Names {
    std::string_view key;
    std::string_view secret;
    std::string_view token;
};
constexpr Names process_names{"AccessKeyId", "SecretAccessKey", "SessionToken"};
constexpr Names metadata_names{"AccessKeyId", "SecretAccessKey", "Token"};
constexpr Names portal_names{"accessKeyId", "secretAccessKey", "sessionToken"};

FoundCredentials credentials_in(const json::value& object, const Names& names) {
    return FoundCredentials{
        {text_in(object, names.key), Secret(text_in(object, names.secret)), text_in(object, names.token)}};
}

bool is_whole(const FoundCredentials& found) {
    return !found.credentials.access_key_id.empty() && !found.credentials.secret_access_key.empty();
}

Error retrieval(std::string_view source, std::string_view why) {
    return Error{Fault::unavailable,
                 fmt::format("Error when retrieving credentials from {}: {}", source, why)};
}

// As an error of the SDKs shows it.
std::string version_in(const json::value& document) {
    const json::value* version = member_in(document, "Version");
    if (version == nullptr) return "<Version key not provided>";
    if (version->is_int64()) return std::to_string(version->get_int64());
    return version->is_string() ? printable(std::string(version->get_string()), 64) : "<not a number>";
}

std::string missing_in(const json::value& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
        if (text_in(object, name).empty()) return std::string(name);
    return {};
}

std::optional<std::int64_t> number_in(const json::value& object, std::string_view name) {
    const json::value* found = member_in(object, name);
    if (found == nullptr || !found->is_int64()) return std::nullopt;
    return found->get_int64();
}

// Times that stand for no year that ISO 8601 can write are none.
constexpr std::int64_t milliseconds_max = 253'402'300'799'000;

}  // namespace

std::optional<Instant> parse_expiration(std::string_view text) {
    if (text.ends_with("UTC"))
        return formats::parse_extended_time(std::string(text.substr(0, text.size() - 3)) + 'Z');
    return formats::parse_extended_time(text);
}

Result<FoundCredentials> parse_process_output(std::string_view text) {
    const Result<json::value> document = formats::parse_json(text);
    if (!document || !document->is_object())
        return retrieval("custom-process", "the output is not a JSON object");
    const std::string version = version_in(*document);
    if (version != "1" || !member_in(*document, "Version")->is_int64())
        return retrieval(
            "custom-process",
            fmt::format("Unsupported version '{}' for credential process provider, supported versions: 1",
                        version));
    const std::string missing = missing_in(*document, {"AccessKeyId", "SecretAccessKey"});
    if (!missing.empty())
        return retrieval("custom-process", fmt::format("Missing required key in response: '{}'", missing));
    FoundCredentials found = credentials_in(*document, process_names);
    const json::value* expiration = member_in(*document, "Expiration");
    if (expiration == nullptr || expiration->is_null()) return found;
    found.expiration = parse_expiration(text_in(*document, "Expiration"));
    if (!found.expiration) return retrieval("custom-process", "Expiration is not a time of ISO 8601");
    return found;
}

Result<FoundCredentials> parse_metadata_answer(std::string_view text) {
    const Result<json::value> document = formats::parse_json(text);
    if (!document || !document->is_object())
        return Error{Fault::unavailable, "the answer is not a JSON object"};
    const std::string missing =
        missing_in(*document, {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"});
    if (!missing.empty()) {
        const std::string code = text_in(*document, "Code");
        const std::string message = text_in(*document, "Message");
        if (!code.empty() && !message.empty())
            return Error{Fault::denied, fmt::format("{}: {}", code, message)};
        return Error{Fault::unavailable, "the answer has no " + missing};
    }
    FoundCredentials found = credentials_in(*document, metadata_names);
    found.expiration = parse_expiration(text_in(*document, "Expiration"));
    if (!found.expiration) return Error{Fault::unavailable, "Expiration is not a time of ISO 8601"};
    return found;
}

Result<FoundCredentials> parse_role_credentials(std::string_view text) {
    const Result<json::value> document = formats::parse_json(text);
    const json::value* role = document ? member_in(*document, "roleCredentials") : nullptr;
    if (role == nullptr) return Error{Fault::unavailable, "the answer has no roleCredentials"};
    FoundCredentials found = credentials_in(*role, portal_names);
    const auto expiration = number_in(*role, "expiration");
    if (!is_whole(found) || found.credentials.session_token.empty() || !expiration || *expiration < 0 ||
        *expiration > milliseconds_max)
        return Error{Fault::unavailable, "the answer's roleCredentials are not whole"};
    found.expiration = Instant(std::chrono::milliseconds(*expiration));
    return found;
}

std::optional<FoundCredentials> parse_cached_credentials(std::string_view text) {
    const Result<json::value> document = formats::parse_json(text);
    const json::value* credentials = document ? member_in(*document, "Credentials") : nullptr;
    if (credentials == nullptr) return std::nullopt;
    FoundCredentials found = credentials_in(*credentials, process_names);
    found.expiration = parse_expiration(text_in(*credentials, "Expiration"));
    if (!is_whole(found) || found.credentials.session_token.empty() || !found.expiration) return std::nullopt;
    return found;
}

std::string cached_credentials_text(const FoundCredentials& found) {
    const json::object credentials{
        {"AccessKeyId", found.credentials.access_key_id},
        {"SecretAccessKey", found.credentials.secret_access_key.reveal()},
        {"SessionToken", found.credentials.session_token},
        {"Expiration", formats::second_time(found.expiration.value_or(Instant()))}};
    return json::serialize(json::object{{"Credentials", credentials}});
}

std::optional<SsoToken> parse_sso_token(std::string_view text) {
    const Result<json::value> document = formats::parse_json(text);
    if (!document) return std::nullopt;
    const auto expires_at = parse_expiration(text_in(*document, "expiresAt"));
    SsoToken token{text_in(*document, "startUrl"),
                   text_in(*document, "region"),
                   Secret(text_in(*document, "accessToken")),
                   expires_at.value_or(Instant()),
                   text_in(*document, "clientId"),
                   Secret(text_in(*document, "clientSecret")),
                   text_in(*document, "registrationExpiresAt"),
                   Secret(text_in(*document, "refreshToken"))};
    if (token.access_token.empty() || !expires_at) return std::nullopt;
    return token;
}

std::string sso_token_text(const SsoToken& token) {
    json::object document{{"startUrl", token.start_url},
                          {"region", token.region},
                          {"accessToken", token.access_token.reveal()},
                          {"expiresAt", formats::second_time(token.expires_at)},
                          {"clientId", token.client_id},
                          {"clientSecret", token.client_secret.reveal()},
                          {"registrationExpiresAt", token.registration_expires_at}};
    if (!token.refresh_token.empty()) document["refreshToken"] = token.refresh_token.reveal();
    return json::serialize(document);
}

std::optional<SsoToken> parse_created_token(std::string_view text, Instant now) {
    constexpr std::int64_t life_max = 366L * 24 * 3600;  // seconds
    const Result<json::value> document = formats::parse_json(text);
    if (!document) return std::nullopt;
    const auto life = number_in(*document, "expiresIn");
    if (!life || *life <= 0 || *life > life_max) return std::nullopt;
    SsoToken token;
    token.access_token = Secret(text_in(*document, "accessToken"));
    token.refresh_token = Secret(text_in(*document, "refreshToken"));
    token.expires_at = now + std::chrono::seconds(*life);
    if (token.access_token.empty()) return std::nullopt;
    return token;
}

std::optional<std::vector<std::string>> split_command(std::string_view command) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == '\0' && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            in_word = false;
            continue;
        }
        if (!in_word) words.emplace_back();
        in_word = true;
        const bool escapes_next =
            i + 1 < command.size() && (quote == '\0' || command[i + 1] == '"' || command[i + 1] == '\\');
        if (c == '\\' && quote != '\'' && escapes_next)
            words.back() += command[++i];
        else if (c == '\\' && quote == '\0')
            return std::nullopt;
        else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote && quote != '\0')
            quote = '\0';
        else
            words.back() += c;
    }
    if (quote != '\0') return std::nullopt;
    return words;
}

namespace {

void append_unit(std::string& text, char32_t unit) {
    text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(unit));
}

char32_t code_point(std::string_view sequence) {
    if (sequence.size() == 1) return static_cast<unsigned char>(sequence[0]);
    auto point =
        static_cast<char32_t>(static_cast<unsigned char>(sequence[0]) & (0xffU >> (sequence.size() + 1)));
    for (const char c : sequence.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return point;
}

void append_escaped(std::string& text, char32_t point) {
    constexpr std::string_view short_ones = "\"\\\n\r\t\f\b";
    constexpr std::string_view letters = "\"\\nrtfb";
    const std::size_t at = point < 0x80 ? short_ones.find(static_cast<char>(point)) : std::string_view::npos;
    if (at != std::string_view::npos)
        text += {'\\', letters[at]};
    else if (point >= 0x20 && point < 0x7f)
        text += static_cast<char>(point);
    else if (point < 0x10000)
        append_unit(text, point);
    else {
        append_unit(text, 0xd800 + ((point - 0x10000) >> 10));
        append_unit(text, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
}

}  // namespace

std::string ascii_json(std::string_view utf8) {
    std::string text = "\"";
    while (!utf8.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8_sequence(utf8), 1);
        append_escaped(text, code_point(utf8.substr(0, length)));
        utf8.remove_prefix(length);
    }
    return text + '"';
}

}  // namespace countersign::client
