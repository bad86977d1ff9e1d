// SAML 2.0 as AssumeRoleWithSAML takes it: the metadata of an identity provider, and the responses that it
// signs. Only verify_saml_response makes a VerifiedAssertion, and only of bytes that a verified signature
// covers. Time is passed in; libxml2 and xmlsec are loaded at the first call. Safe to call from any thread.
// Rules: the IAM user guide on SAML assertions, SAML core 2 and 5, SAML profiles 4.1.4.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key.h"
#include "federation/progress.h"
#include "federation/session_context.h"

namespace countersign::federation {

inline constexpr std::size_t saml_metadata_bytes_max = 1024UL * 1024;  // what an API request can carry
inline constexpr std::size_t saml_response_bytes_max = 100'000;        // SAMLAssertion of the STS API
inline constexpr std::size_t saml_certificates_max = 10;               // AWS's quota for one provider
inline constexpr auto saml_redeemed_max = std::chrono::minutes(5);     // AWS: from the response's issuance
inline constexpr auto saml_future_skew_max = std::chrono::minutes(5);  // a provider's clock may be ahead

struct SigningCertificate {
    std::string pem;
    crypto::PublicKey key;
};

// An identity provider as its metadata describes it.
struct Metadata {
    std::string entity_id;
    std::vector<SigningCertificate> certificates;
    std::optional<Instant> valid_until;
    std::string sign_on_url;             // where a browser takes a request to (HTTP-Redirect); empty: nowhere
    bool wants_signed_requests = false;  // it answers no others
};

// Code InvalidInput, as CreateSAMLProvider has it.
Result<Metadata> parse_metadata(std::string_view xml, Instant now);

inline constexpr std::string_view aws_saml_recipient = "https://signin.aws.amazon.com/saml";
inline constexpr std::string_view aws_saml_audience = "urn:amazon:webservices";
// Every place of the own partition at which people sign in by SAML: the one above and one a region. Source:
// IAM User Guide, "Configure SAML assertions for the authentication response".
std::set<std::string, std::less<>> aws_saml_recipients();

struct SamlExpected {
    Instant now;
    std::set<std::string, std::less<>> recipients;  // where responses may be sent to: aws_saml_recipient, own
    std::set<std::string, std::less<>> audiences;   // both of AWS's, and own
    Progress* progress = nullptr;                   // follows the checks; none: nobody does
    bool for_role = true;                           // it has to name roles and the session, as AWS reads it
};

struct RoleOffer {
    std::string role_arn;
    std::string provider_arn;
    friend bool operator==(const RoleOffer&, const RoleOffer&) = default;
};

class VerifiedAssertion {
public:
    const std::string& issuer() const { return issuer_; }
    const std::string& response_id() const { return response_id_; }
    const std::string& assertion_id() const { return assertion_id_; }
    const std::string& subject() const { return subject_; }
    // persistent, transient, … without the SAML 2.0 prefix; a format of another kind as it is.
    const std::string& subject_format() const { return subject_format_; }
    const std::string& recipient() const { return recipient_; }  // AssumeRoleWithSAML's Audience
    // The ID of the request that it answers; empty: nobody asked.
    const std::string& in_response_to() const { return in_response_to_; }
    // How the person was authenticated, by each AuthnStatement: SAML authentication context, 3.
    const std::vector<std::string>& authentication_classes() const { return authentication_classes_; }
    const std::vector<RoleOffer>& roles() const { return roles_; }
    const std::string& role_session_name() const { return role_session_name_; }
    std::optional<std::chrono::seconds> session_duration() const { return session_duration_; }
    std::optional<Instant> session_ends() const { return session_ends_; }  // SessionNotOnOrAfter
    Instant expires() const { return expires_; }                           // of the assertion itself
    const SessionContext& session() const { return session_; }
    // Every attribute by its full name; values in order.
    const std::map<std::string, std::vector<std::string>>& attributes() const { return attributes_; }
    const std::vector<std::string>& organizations() const { return organizations_; }  // eduPersonOrgDN

private:
    friend class AssertionReader;
    VerifiedAssertion() = default;

    std::string issuer_;
    std::string response_id_;
    std::string assertion_id_;
    std::string subject_;
    std::string subject_format_;
    std::string recipient_;
    std::string in_response_to_;
    std::vector<std::string> authentication_classes_;
    std::vector<RoleOffer> roles_;
    std::string role_session_name_;
    std::optional<std::chrono::seconds> session_duration_;
    std::optional<Instant> session_ends_;
    Instant expires_;
    SessionContext session_;
    std::map<std::string, std::vector<std::string>> attributes_;
    std::vector<std::string> organizations_;
};

// Codes: InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim.
Result<VerifiedAssertion> verify_saml_response(std::string_view base64_text, const Metadata& provider,
                                               const SamlExpected& expected);

// What a response says, to be shown to a person: nothing of it is proven. Empty is what it does not have.
struct UnverifiedAssertion {
    std::string issuer;
    std::string subject;
    std::string recipient;
    std::vector<std::string> audiences;
    std::string issued;  // times as they are written
    std::string expires;
    std::vector<RoleOffer> roles;
    std::map<std::string, std::vector<std::string>> attributes;
};
// Code InvalidIdentityToken: it cannot be read, or has not exactly one assertion.
Result<UnverifiedAssertion> unverified_assertion(std::string_view base64_text);

// NameQualifier of AssumeRoleWithSAML's answer: BASE64(SHA1(issuer + account id + "/" + provider name)).
std::string name_qualifier(std::string_view issuer, std::string_view account_id,
                           std::string_view provider_name);

}  // namespace countersign::federation
