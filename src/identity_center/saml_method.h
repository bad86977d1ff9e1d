// What a provider of SAML has to have, so that people can sign in by it. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "federation/saml.h"

namespace countersign::identity_center {

// The claim that is the assertion's subject; every other one is an attribute's name.
inline constexpr std::string_view subject_claim = "NameID";

// Fault::unavailable: a browser cannot be sent there; the message says what the metadata lacks.
Result<void> check_saml_provider(const federation::Metadata& provider);

}  // namespace countersign::identity_center
