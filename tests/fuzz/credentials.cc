// What sources of credentials are read from: outputs of programs, caches, answers, configuration files,
// commands. Whatever comes is refused or whole, what is written is read again, and no message repeats a
// document.
#include <cstdlib>

#include "base/text.h"
#include "client/aws_config.h"
#include "client/credentials/documents.h"
#include "client/credentials/endpoints.h"
#include "client/credentials/profiles.h"
#include "formats/json.h"

namespace {

using namespace countersign;
using namespace countersign::client;

void must(bool holds) {
    if (!holds) std::abort();
}

void check_whole(const FoundCredentials& found) {
    must(!found.credentials.access_key_id.empty() && !found.credentials.secret_access_key.empty());
}

void check_documents(std::string_view text) {
    if (const auto found = parse_process_output(text)) check_whole(*found);
    if (const auto found = parse_metadata_answer(text)) check_whole(*found);
    if (const auto found = parse_role_credentials(text)) check_whole(*found);
    if (const auto kept = parse_cached_credentials(text)) {
        check_whole(*kept);
        const auto again = parse_cached_credentials(cached_credentials_text(*kept));
        must(again && again->credentials.session_token == kept->credentials.session_token);
    }
    if (const auto token = parse_sso_token(text)) {
        const auto again = parse_sso_token(sso_token_text(*token));
        must(again && again->access_token.reveal() == token->access_token.reveal());
    }
    static_cast<void>(parse_created_token(text, Instant()));
}

void check_texts(std::string_view text) {
    const std::string literal = ascii_json(text);
    if (is_utf8(text)) must(bool(formats::parse_json(literal)));
    static_cast<void>(parse_expiration(text));
    static_cast<void>(split_command(text));
    const UrlParts parts = parts_of(std::string(text));
    must(parts.target.starts_with('/') && parts.host.find('@') == std::string::npos);
    const AwsConfig config = parse_aws_config(text);
    const Profiles profiles(config, config);
    static_cast<void>(profiles.get("default", "region"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_documents(text);
    check_texts(text);
    return 0;
}
