// What has happened to a text that should be a token and is none: looked at for people, never for a verdict.
// Pure. Source of the sizes: what clients and poolers of PostgreSQL were seen to cut a password to.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "login/refusal.h"

namespace countersign::login {

// How a text looks that sigv4::parse_token() refuses.
struct FormFault {
    RefusalCode code;  // of Check::token_form
    std::string
        looks;  // "; it ends with a line break", to go on with after the parser's sentence; may be empty
};

// Never holds a part of the text.
FormFault form_fault_of(std::string_view text);

// Of a well-formed token whose signature is not the right one: which of the usual wrong ones of that key it
// is, or RefusalCode::signature_differs.
RefusalCode signature_fault_of(std::string_view token, const Secret& derived_key);

}  // namespace countersign::login
