#include "apps/serve/administrator_key.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/files.h"
#include "client/aws_config.h"

namespace countersign::apps {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t id_bytes = 20;
constexpr std::size_t secret_bytes = 40;
// A secret of 40 random letters has fewer different ones once in a million million; those that people type
// do.
constexpr std::size_t different_letters_min = 16;

bool is_of(std::string_view text, std::string_view letters) {
    return text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_key_id(std::string_view id) {
    return id.size() == id_bytes && id.starts_with("AKIA") && is_of(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

bool is_secret(std::string_view secret) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return secret.size() == secret_bytes && is_of(secret, alphabet);
}

// The keys of AWS's documentation are in every scanner's list and in every attacker's.
bool is_guessable(std::string_view id, std::string_view secret) {
    return id.find("EXAMPLE") != std::string_view::npos || secret.find("EXAMPLE") != std::string_view::npos ||
           std::set<char>(secret.begin(), secret.end()).size() < different_letters_min;
}

}  // namespace

Result<sigv4::Credentials> parse_administrator_key(std::string_view text) {
    const client::AwsConfig config = client::parse_aws_config(text);
    sigv4::Credentials key;
    key.access_key_id = config.get("default", "aws_access_key_id");
    key.secret_access_key = Secret(config.get("default", "aws_secret_access_key"));
    if (!is_key_id(key.access_key_id))
        return Error{Fault::invalid,
                     "aws_access_key_id of [default] is not AKIA and 16 letters of A-Z and 2-7"};
    if (!is_secret(key.secret_access_key.reveal()))
        return Error{Fault::invalid,
                     "aws_secret_access_key of [default] is not 40 letters of A-Z, a-z, 0-9, + and /"};
    if (is_guessable(key.access_key_id, key.secret_access_key.reveal()))
        return Error{Fault::invalid,
                     "the key of [default] can be guessed; make a secret with: openssl rand -base64 30"};
    return key;
}

Result<sigv4::Credentials> read_administrator_key(const std::filesystem::path& file) {
    const std::string text = TRY(read_file(file, file_bytes_max));
    auto key = parse_administrator_key(text);
    if (!key)
        return Error{key.error().fault, "--administrator-key " + file.string() + ": " + key.error().message};
    return key;
}

}  // namespace countersign::apps
