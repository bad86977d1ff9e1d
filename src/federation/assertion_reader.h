// Reads an assertion out of bytes that a signature was verified to cover, and checks what SAML and AWS ask of
// it. Private to src/federation.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "federation/saml.h"
#include "federation/saml_xml.h"

namespace countersign::federation {

inline constexpr std::string_view saml_xmlns = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view samlp_xmlns = "urn:oasis:names:tc:SAML:2.0:protocol";

// Without any check.
UnverifiedAssertion as_claimed(const xmlNode* assertion);

class AssertionReader {
public:
    AssertionReader(const Metadata& provider, const SamlExpected& expected)
        : provider_(provider), expected_(expected) {}

    // The bytes are a signed Response with its one Assertion, or a signed Assertion alone.
    Result<VerifiedAssertion> read(const std::string& signed_bytes) &&;

private:
    Result<void> read_response(const xmlNode* response);
    Result<void> read_assertion(const xmlNode* assertion);
    Result<void> read_issue(const xmlNode* assertion);
    Result<void> read_subject(const xmlNode* subject);
    Result<void> read_confirmation(const xmlNode* confirmation);
    Result<void> read_conditions(const xmlNode* conditions);
    Result<void> check_audience(const xmlNode* restriction) const;
    Result<void> read_window(const xmlNode* element);
    Result<void> read_statements(const xmlNode* assertion);
    Result<void> read_attribute(const xmlNode* attribute);
    Result<void> read_roles();
    Result<void> read_session();
    void begin(Check check) const { federation::begin(expected_.progress, check); }
    Result<std::string> single(std::string_view name) const;
    const std::vector<std::string>& values(std::string_view name) const;

    const Metadata& provider_;
    const SamlExpected& expected_;
    VerifiedAssertion assertion_;
};

}  // namespace countersign::federation
