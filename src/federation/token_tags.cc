#include "federation/token_tags.h"

#include "federation/claims.h"
#include "federation/errors.h"

namespace countersign::federation {

namespace json = formats::json;

namespace {

constexpr std::string_view tags_claim = "https://aws.amazon.com/tags";
constexpr std::string_view flat_tag_prefix = "https://aws.amazon.com/tags/principal_tags/";
constexpr std::string_view flat_transitive_claim = "https://aws.amazon.com/tags/transitive_tag_keys";
constexpr std::string_view source_identity_claim = "https://aws.amazon.com/source_identity";

Error malformed_tags() {
    return invalid_token("The claim https://aws.amazon.com/tags is malformed");
}

Result<void> add_tag(SessionContext& context, std::string_view key, const json::value& value) {
    auto values = texts_of(&value);
    if (!values || values->size() != 1) return malformed_tags();
    const bool is_new = context.principal_tags.emplace(std::string(key), std::move(values->front())).second;
    if (!is_new) return malformed_tags();
    return {};
}

Result<void> set_transitive(SessionContext& context, const json::value* value) {
    if (!value) return {};
    auto keys = texts_of(value);
    if (!keys || !context.transitive_tag_keys.empty()) return malformed_tags();
    context.transitive_tag_keys = *std::move(keys);
    return {};
}

Result<void> add_nested(SessionContext& context, const json::value* claim) {
    if (!claim) return {};
    if (!claim->is_object()) return malformed_tags();
    const json::object& tags = claim->get_object();
    if (const json::value* principal = tags.if_contains("principal_tags")) {
        if (!principal->is_object()) return malformed_tags();
        for (const auto& [key, value] : principal->get_object()) TRY(add_tag(context, key, value));
    }
    return set_transitive(context, tags.if_contains("transitive_tag_keys"));
}

}  // namespace

Result<SessionContext> session_context_of(const json::object& payload) {
    SessionContext context;
    TRY(add_nested(context, payload.if_contains(tags_claim)));
    TRY(set_transitive(context, payload.if_contains(flat_transitive_claim)));
    for (const auto& [name, value] : payload)
        if (std::string_view(name).starts_with(flat_tag_prefix))
            TRY(add_tag(context, std::string_view(name).substr(flat_tag_prefix.size()), value));
    if (payload.if_contains(source_identity_claim)) {
        const auto identity = text_member(payload, source_identity_claim);
        if (!identity || identity->empty()) return invalid_token("The source identity is malformed");
        context.source_identity = std::string(*identity);
    }
    TRY(check(context));
    return context;
}

}  // namespace countersign::federation
