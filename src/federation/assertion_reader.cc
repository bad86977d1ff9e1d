#include "federation/assertion_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "federation/errors.h"
#include "formats/iso_time.h"

namespace countersign::federation {

namespace {

constexpr std::string_view bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
constexpr std::string_view format_prefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
constexpr std::string_view unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
constexpr std::string_view aws_attribute = "https://aws.amazon.com/SAML/Attributes/";
constexpr std::string_view tag_attribute = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:";
constexpr std::string_view organization_attribute = "urn:oid:1.3.6.1.4.1.5923.1.1.1.3";
constexpr std::size_t name_bytes_max = 2048;
constexpr unsigned session_seconds_min = 900;
constexpr unsigned session_seconds_max = 43'200;

Error malformed_assertion(std::string_view what) {
    return invalid_token("The SAML response is not valid: " + std::string(what));
}

// xs:dateTime in UTC, as SAML has it; nothing when it is missing or anything else.
std::optional<Instant> time_attribute(const xmlNode* element, std::string_view name) {
    const auto text = attribute_of(element, name);
    if (!text || text->find('T') == std::string::npos) return std::nullopt;
    return formats::parse_extended_time(*text);
}

// role-arn,provider-arn in either order; nothing for any other text.
std::optional<RoleOffer> offer_of(std::string_view text) {
    const auto parts = split(text, ',');
    if (parts.size() != 2) return std::nullopt;
    const auto is_of = [](std::string_view arn, std::string_view kind) {
        return arn.starts_with("arn:") && arn.find(kind) != std::string_view::npos;
    };
    std::string_view role = trimmed(parts[0]);
    std::string_view provider = trimmed(parts[1]);
    if (!is_of(role, ":role/")) std::swap(role, provider);
    if (!is_of(role, ":role/") || !is_of(provider, ":saml-provider/")) return std::nullopt;
    return RoleOffer{std::string(role), std::string(provider)};
}

// Values that are not plain text, such as an eduPersonTargetedID's NameID, are passed over.
std::vector<std::string> values_of(const xmlNode* attribute) {
    std::vector<std::string> texts;
    for (const xmlNode* value : children_of(attribute, saml_xmlns, "AttributeValue"))
        if (auto text = text_of(value)) texts.push_back(*std::move(text));
    return texts;
}

}  // namespace

UnverifiedAssertion as_claimed(const xmlNode* assertion) {
    const auto child = [](const xmlNode* of, std::string_view name) {
        return only_child(of, saml_xmlns, name);
    };
    const xmlNode* const subject = child(assertion, "Subject");
    const xmlNode* const confirmation =
        child(child(subject, "SubjectConfirmation"), "SubjectConfirmationData");
    UnverifiedAssertion claimed;
    claimed.issuer = text_of(child(assertion, "Issuer")).value_or("");
    claimed.subject = text_of(child(subject, "NameID")).value_or("");
    claimed.recipient = attribute_of(confirmation, "Recipient").value_or("");
    claimed.issued = attribute_of(assertion, "IssueInstant").value_or("");
    claimed.expires = attribute_of(confirmation, "NotOnOrAfter").value_or("");
    for (const xmlNode* restriction :
         children_of(child(assertion, "Conditions"), saml_xmlns, "AudienceRestriction"))
        for (const xmlNode* audience : children_of(restriction, saml_xmlns, "Audience"))
            claimed.audiences.push_back(text_of(audience).value_or(""));
    for (const xmlNode* statement : children_of(assertion, saml_xmlns, "AttributeStatement"))
        for (const xmlNode* attribute : children_of(statement, saml_xmlns, "Attribute")) {
            std::vector<std::string>& texts =
                claimed.attributes[attribute_of(attribute, "Name").value_or("")];
            std::ranges::move(values_of(attribute), std::back_inserter(texts));
        }
    const auto roles = claimed.attributes.find(std::string(aws_attribute) + "Role");
    if (roles == claimed.attributes.end()) return claimed;
    for (const std::string& text : roles->second)
        if (auto offer = offer_of(text)) claimed.roles.push_back(*std::move(offer));
    return claimed;
}

Result<VerifiedAssertion> AssertionReader::read(const std::string& signed_bytes) && {
    const auto document = parse_xml(signed_bytes, Comments::refused);
    if (!document) return malformed_assertion("the signed part cannot be read");
    const xmlNode* assertion = root_of(*document);
    if (is_element(assertion, samlp_xmlns, "Response")) {
        TRY(read_response(assertion));
        assertion = only_child(assertion, saml_xmlns, "Assertion");
    }
    if (!is_element(assertion, saml_xmlns, "Assertion"))
        return malformed_assertion("it has not exactly one Assertion");
    TRY(read_assertion(assertion));
    return std::move(assertion_);
}

Result<void> AssertionReader::read_response(const xmlNode* response) {
    begin(Check::issuer);
    assertion_.response_id_ = attribute_of(response, "ID").value_or("");
    const auto destination = attribute_of(response, "Destination");
    if (destination && !expected_.recipients.contains(*destination))
        return malformed_assertion("it is destined for someone else");
    if (children_of(response, saml_xmlns, "Issuer").empty()) return {};
    if (text_of(only_child(response, saml_xmlns, "Issuer")) != provider_.entity_id)
        return invalid_token("Issuer not present in specified provider");
    return {};
}

Result<void> AssertionReader::read_assertion(const xmlNode* assertion) {
    TRY(read_issue(assertion));
    TRY(read_subject(only_child(assertion, saml_xmlns, "Subject")));
    TRY(read_conditions(only_child(assertion, saml_xmlns, "Conditions")));
    TRY(read_statements(assertion));
    if (!expected_.for_role) return {};
    TRY(read_roles());
    return read_session();
}

Result<void> AssertionReader::read_issue(const xmlNode* assertion) {
    begin(Check::issuer);
    assertion_.assertion_id_ = attribute_of(assertion, "ID").value_or("");
    if (assertion_.assertion_id_.empty() || attribute_of(assertion, "Version") != "2.0")
        return malformed_assertion("the Assertion has no ID or another version than 2.0");
    assertion_.issuer_ = text_of(only_child(assertion, saml_xmlns, "Issuer")).value_or("");
    if (assertion_.issuer_.empty() || assertion_.issuer_ != provider_.entity_id)
        return invalid_token("Issuer not present in specified provider");
    begin(Check::expiry);
    const auto issued = time_attribute(assertion, "IssueInstant");
    if (!issued) return malformed_assertion("the Assertion has no IssueInstant");
    if (*issued > expected_.now + saml_future_skew_max)
        return malformed_assertion("it was issued in the future");
    if (expected_.now >= *issued + saml_redeemed_max)
        return expired_token("Token must be redeemed within 5 minutes of issuance");
    assertion_.expires_ = *issued + saml_redeemed_max;
    return {};
}

// NotBefore and NotOnOrAfter of an element; the assertion ends with the earliest end.
Result<void> AssertionReader::read_window(const xmlNode* element) {
    begin(Check::expiry);
    if (attribute_of(element, "NotBefore")) {
        const auto begins = time_attribute(element, "NotBefore");
        if (!begins) return malformed_assertion("NotBefore is not a time");
        if (*begins > expected_.now + saml_future_skew_max) return malformed_assertion("it is not valid yet");
    }
    if (!attribute_of(element, "NotOnOrAfter")) return {};
    const auto ends = time_attribute(element, "NotOnOrAfter");
    if (!ends) return malformed_assertion("NotOnOrAfter is not a time");
    if (expected_.now >= *ends) return expired_token("Response has expired");
    assertion_.expires_ = std::min(assertion_.expires_, *ends);
    return {};
}

Result<void> AssertionReader::read_subject(const xmlNode* subject) {
    begin(Check::subject);
    const xmlNode* const name = only_child(subject, saml_xmlns, "NameID");
    assertion_.subject_ = text_of(name).value_or("");
    if (assertion_.subject_.empty() || assertion_.subject_.size() > name_bytes_max)
        return malformed_assertion("the Subject has no NameID");
    assertion_.subject_format_ = attribute_of(name, "Format").value_or(std::string(unspecified));
    if (assertion_.subject_format_.starts_with(format_prefix))
        assertion_.subject_format_.erase(0, format_prefix.size());
    const xmlNode* const confirmation = only_child(subject, saml_xmlns, "SubjectConfirmation");
    if (!confirmation || attribute_of(confirmation, "Method") != bearer)
        return malformed_assertion("it has not exactly one SubjectConfirmation, of the bearer");
    return read_confirmation(only_child(confirmation, saml_xmlns, "SubjectConfirmationData"));
}

Result<void> AssertionReader::read_confirmation(const xmlNode* confirmation) {
    begin(Check::audience);
    assertion_.recipient_ = attribute_of(confirmation, "Recipient").value_or("");
    if (!expected_.recipients.contains(assertion_.recipient_))
        return malformed_assertion("the Recipient is someone else");
    assertion_.in_response_to_ = attribute_of(confirmation, "InResponseTo").value_or("");
    if (!attribute_of(confirmation, "NotOnOrAfter"))
        return malformed_assertion("the SubjectConfirmationData has no NotOnOrAfter");
    return read_window(confirmation);
}

Result<void> AssertionReader::read_conditions(const xmlNode* conditions) {
    begin(Check::audience);
    const Error no_audience = invalid_token("Response does not contain the required audience.");
    if (!conditions) return no_audience;
    TRY(read_window(conditions));
    begin(Check::audience);
    for (const xmlNode* condition : child_elements(conditions)) {
        if (is_element(condition, saml_xmlns, "AudienceRestriction"))
            TRY(check_audience(condition));
        else if (!is_element(condition, saml_xmlns, "OneTimeUse") &&
                 !is_element(condition, saml_xmlns, "ProxyRestriction"))
            return malformed_assertion("it has a condition that is not known here");
    }
    if (children_of(conditions, saml_xmlns, "AudienceRestriction").empty()) return no_audience;
    return {};
}

Result<void> AssertionReader::check_audience(const xmlNode* restriction) const {
    const auto audiences = children_of(restriction, saml_xmlns, "Audience");
    const bool is_meant = std::ranges::any_of(audiences, [this](const xmlNode* audience) {
        const auto text = text_of(audience);
        return text && expected_.audiences.contains(*text);
    });
    if (!is_meant) return invalid_token("Response does not contain the required audience.");
    return {};
}

Result<void> AssertionReader::read_statements(const xmlNode* assertion) {
    begin(Check::expiry);
    for (const xmlNode* statement : children_of(assertion, saml_xmlns, "AuthnStatement")) {
        const xmlNode* const context = only_child(statement, saml_xmlns, "AuthnContext");
        if (auto text = text_of(only_child(context, saml_xmlns, "AuthnContextClassRef")))
            assertion_.authentication_classes_.push_back(*std::move(text));
        if (!attribute_of(statement, "SessionNotOnOrAfter")) continue;
        const auto ends = time_attribute(statement, "SessionNotOnOrAfter");
        if (!ends) return malformed_assertion("SessionNotOnOrAfter is not a time");
        if (expected_.now >= *ends) return expired_token("Response has expired");
        assertion_.session_ends_ = std::min(assertion_.session_ends_.value_or(*ends), *ends);
    }
    begin(Check::session);
    for (const xmlNode* statement : children_of(assertion, saml_xmlns, "AttributeStatement"))
        for (const xmlNode* attribute : children_of(statement, saml_xmlns, "Attribute"))
            TRY(read_attribute(attribute));
    return {};
}

Result<void> AssertionReader::read_attribute(const xmlNode* attribute) {
    const auto name = attribute_of(attribute, "Name");
    if (!name || name->empty()) return malformed_assertion("an Attribute has no Name");
    std::vector<std::string>& texts = assertion_.attributes_[*name];
    std::ranges::move(values_of(attribute), std::back_inserter(texts));
    return {};
}

const std::vector<std::string>& AssertionReader::values(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto found = assertion_.attributes_.find(std::string(name));
    return found == assertion_.attributes_.end() ? none : found->second;
}

// The one value of one of AWS's attributes; empty when the attribute is absent.
Result<std::string> AssertionReader::single(std::string_view name) const {
    const auto& texts = values(std::string(aws_attribute).append(name));
    if (texts.size() > 1) return malformed_assertion(std::string(name) + " has several values");
    return texts.empty() ? std::string() : texts.front();
}

Result<void> AssertionReader::read_roles() {
    for (const std::string& text : values(std::string(aws_attribute) + "Role"))
        if (auto offer = offer_of(text)) assertion_.roles_.push_back(*std::move(offer));
    if (assertion_.roles_.empty()) return invalid_token("Role is required in AuthnResponse");
    assertion_.role_session_name_ = TRY(single("RoleSessionName"));
    if (assertion_.role_session_name_.empty())
        return invalid_token("RoleSessionName is required in AuthnResponse");
    if (!is_session_name(assertion_.role_session_name_))
        return invalid_token("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
    const std::string duration = TRY(single("SessionDuration"));
    if (duration.empty()) return {};
    const auto seconds = parse_number<unsigned>(duration);
    if (!seconds || *seconds < session_seconds_min || *seconds > session_seconds_max)
        return malformed_assertion("SessionDuration is not 900 to 43200");
    assertion_.session_duration_ = std::chrono::seconds(*seconds);
    return {};
}

Result<void> AssertionReader::read_session() {
    SessionContext& session = assertion_.session_;
    for (const auto& [name, texts] : assertion_.attributes_) {
        if (!name.starts_with(tag_attribute)) continue;
        if (texts.size() != 1) return malformed_assertion("a PrincipalTag has not exactly one value");
        session.principal_tags.emplace(name.substr(tag_attribute.size()), texts.front());
    }
    session.transitive_tag_keys = values(std::string(aws_attribute) + "TransitiveTagKeys");
    session.source_identity = TRY(single("SourceIdentity"));
    assertion_.organizations_ = values(organization_attribute);
    return check(session);
}

}  // namespace countersign::federation
