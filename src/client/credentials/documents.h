// The documents that sources of credentials are: pure parsers of foreign bytes. No message repeats what a
// document holds. Sources: AWS SDKs and Tools Reference Guide, "Process credential provider", "Container
// credential provider", "IMDS credential provider"; the caches that the AWS CLI keeps in ~/.aws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "client/credentials/found.h"

namespace countersign::client {

// ISO 8601 with Z, an offset, or the UTC that the AWS CLI writes.
std::optional<Instant> parse_expiration(std::string_view text);

// What a credential_process printed. The error is in the words of the SDKs.
Result<FoundCredentials> parse_process_output(std::string_view text);

// What a container's or an instance's endpoint answered: AccessKeyId, SecretAccessKey, Token, Expiration.
Result<FoundCredentials> parse_metadata_answer(std::string_view text);

// GetRoleCredentials of the access portal.
Result<FoundCredentials> parse_role_credentials(std::string_view text);

// A file of ~/.aws/cli/cache. Nothing when it is no whole one.
std::optional<FoundCredentials> parse_cached_credentials(std::string_view text);
std::string cached_credentials_text(const FoundCredentials& found);

// A file of ~/.aws/sso/cache.
struct SsoToken {
    std::string start_url = {};
    std::string region = {};
    Secret access_token = {};
    Instant expires_at = {};
    std::string client_id = {};
    Secret client_secret = {};
    std::string registration_expires_at = {};
    Secret refresh_token = {};
};
std::optional<SsoToken> parse_sso_token(std::string_view text);
std::string sso_token_text(const SsoToken& token);

// CreateToken of sso-oidc: what is new of the token. Nothing when it is no whole answer.
std::optional<SsoToken> parse_created_token(std::string_view text, Instant now);

// Words as a POSIX shell splits them, with quotes and backslashes and without anything else. Nothing where a
// quote is not closed.
std::optional<std::vector<std::string>> split_command(std::string_view command);

// A JSON string literal of ASCII alone, as Python's json.dumps writes it: cache keys are digests of such
// text.
std::string ascii_json(std::string_view utf8);

}  // namespace countersign::client
