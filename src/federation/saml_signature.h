// The XML signature on a SAML response or assertion, in the one shape that SAML allows (SAML core 5.4): it
// lies in the element that it signs, refers to that element alone, and knows no other transforms than
// enveloped-signature and exclusive canonicalisation. xmlsec verifies it. Private to src/federation.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "federation/saml.h"
#include "federation/saml_xml.h"

namespace countersign::federation {

// Fault::invalid: two elements carry the same identifier.
Result<void> check_identifiers(const XmlDocument& document);

// Whether the element has a signature of its own.
bool is_signed(const xmlNode* element);

// The bytes that the element's signature covers, in canonical form: the element without its signature. What
// they say is what was signed, whatever else the document holds. Keys come from the certificates alone.
Result<std::string> signed_bytes(const XmlDocument& document, xmlNode* element,
                                 const std::vector<SigningCertificate>& certificates);

}  // namespace countersign::federation
