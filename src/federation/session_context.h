// What an identity provider may say about the session that its user is about to get: session tags and source
// identity, with the rules that AWS has for them whether they come in a JWT or in a SAML assertion.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::federation {

inline constexpr std::size_t session_tags_max = 50;
inline constexpr std::size_t tag_key_bytes_max = 4UL * 128;  // 128 and 256 characters, in UTF-8
inline constexpr std::size_t tag_value_bytes_max = 4UL * 256;

struct SessionContext {
    std::map<std::string, std::string> principal_tags;
    std::vector<std::string> transitive_tag_keys;
    std::string source_identity;  // empty when there is none
};

// 2 to 64 of the characters that role session names may have.
bool is_session_name(std::string_view text);

// Code InvalidIdentityToken: too many or too long tags, or a source identity that AWS would not take.
Result<void> check(const SessionContext& context);

}  // namespace countersign::federation
