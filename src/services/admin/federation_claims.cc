#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "federation/caller_identity.h"
#include "federation/claims.h"
#include "federation/jwt.h"
#include "federation/saml.h"
#include "formats/iso_time.h"
#include "services/admin/federation_words.h"

namespace countersign::admin {

namespace json = formats::json;

namespace {

json::array texts(const std::vector<std::string>& values) {
    return json::array(values.begin(), values.end());
}

json::object object_of(const std::string& text) {
    auto parsed = formats::parse_json(text);
    return parsed && parsed->is_object() ? std::move(parsed->get_object()) : json::object();
}

std::string text_of(const json::object& object, std::string_view name) {
    return std::string(federation::text_member(object, name).value_or(""));
}

Claimed claims_of_jwt(std::string_view token) {
    Claimed claimed;
    claimed.form = "no JSON Web Token, and no SAML response";
    const auto read = federation::unverified_token(token);
    if (!read) return claimed;
    const json::object header = object_of(read->header);
    claimed.shown = object_of(read->claims);
    const std::string key = text_of(header, "kid");
    claimed.form = fmt::format("a JSON Web Token, signed by {} with {}", text_of(header, "alg"),
                               key.empty() ? "an unnamed key" : "the key " + key);
    claimed.issuer = text_of(claimed.shown, "iss");
    claimed.subject = text_of(claimed.shown, "sub");
    claimed.audiences =
        federation::texts_of(claimed.shown.if_contains("aud")).value_or(std::vector<std::string>());
    if (std::string party = text_of(claimed.shown, "azp"); !party.empty())
        claimed.audiences = {std::move(party)};
    const auto expires = federation::time_member(claimed.shown, "exp");
    if (expires) claimed.expires = formats::second_time(*expires);
    return claimed;
}

Claimed claims_of_assertion(std::string_view text) {
    Claimed claimed;
    claimed.form = "no SAML response, as the browser posts it";
    const auto read = federation::unverified_assertion(text);
    if (!read) return claimed;
    claimed.form = "a SAML response with one assertion";
    claimed.issuer = read->issuer;
    claimed.subject = read->subject;
    claimed.audiences = {read->recipient};
    claimed.expires = read->expires;
    json::object& shown = claimed.shown;
    shown = {{"Issuer", read->issuer},        {"NameID", read->subject},
             {"Recipient", read->recipient},  {"IssueInstant", read->issued},
             {"NotOnOrAfter", read->expires}, {"Audience", texts(read->audiences)}};
    json::object& attributes = shown["Attributes"].emplace_object();
    for (const auto& [name, values] : read->attributes) attributes[name] = texts(values);
    return claimed;
}

Claimed claims_of_proof(std::string_view token) {
    Claimed claimed;
    claimed.form = "no GetCallerIdentity request";
    claimed.issuer = federation::aws_identity_provider;
    const auto read = federation::parse_caller_identity_token(token);
    if (!read) return claimed;
    claimed.form = "a GetCallerIdentity request for " + read->host;
    claimed.audiences = {read->server};
    claimed.shown = {
        {"host", read->host}, {"server", read->server}, {"role", read->role}, {"date", read->date}};
    return claimed;
}

}  // namespace

Claimed claims_of(VouchedBy kind, std::string_view token) {
    if (kind == VouchedBy::saml) return claims_of_assertion(token);
    return kind == VouchedBy::aws ? claims_of_proof(token) : claims_of_jwt(token);
}

}  // namespace countersign::admin
