// What has happened to a text that should be a token and is none: looked at for people, never for a verdict.
// Pure. Source of the sizes: what clients and poolers of PostgreSQL were seen to cut a password to.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace countersign::login {

// "; it ends with a line break", to go on with after the sentence of sigv4::parse_token(); empty where
// nothing stands out. Never holds a part of the text.
std::string looks_of(std::string_view text);

// "; it was made over UNSIGNED-PAYLOAD", of a well-formed token whose signature is not the right one; empty
// where it is none of the usual wrong ones of that key.
std::string signature_fault_of(std::string_view token, const Secret& derived_key);

// One sentence on how to mend what a reason says; empty where it names nothing of the above.
std::string_view mend_of_form(std::string_view reason);

}  // namespace countersign::login
