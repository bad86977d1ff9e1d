#include "federation/session_context.h"

#include <algorithm>

#include "base/text.h"
#include "federation/errors.h"

namespace countersign::federation {

namespace {

constexpr std::string_view symbols = "_+=,.@-";
constexpr std::size_t name_bytes_min = 2;
constexpr std::size_t session_name_bytes_max = 64;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           symbols.find(c) != std::string_view::npos;
}

bool is_tag_key(std::string_view key) {
    return !key.empty() && key.size() <= tag_key_bytes_max;
}

}  // namespace

bool is_session_name(std::string_view text) {
    return text.size() >= name_bytes_min && text.size() <= session_name_bytes_max &&
           std::ranges::all_of(text, is_name_character);
}

Result<void> check(const SessionContext& context) {
    const bool has_tags_within_bounds =
        context.principal_tags.size() <= session_tags_max &&
        context.transitive_tag_keys.size() <= session_tags_max &&
        std::ranges::all_of(context.transitive_tag_keys, is_tag_key) &&
        std::ranges::all_of(context.principal_tags, [](const auto& tag) {
            return is_tag_key(tag.first) && tag.second.size() <= tag_value_bytes_max;
        });
    if (!has_tags_within_bounds) return invalid_token("The session tags are too many or too long");
    const std::string& identity = context.source_identity;
    if (!identity.empty() && (!is_session_name(identity) || lower(identity).starts_with("aws:")))
        return invalid_token(
            "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"");
    return {};
}

}  // namespace countersign::federation
