// Passwords of people: a slow verifier that says itself how it was made, so that rounds can be raised later.
// A check takes about a fifth of a second of a core. Source: OWASP Password Storage Cheat Sheet, "PBKDF2";
// RFC 8018.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

inline constexpr unsigned password_rounds = 600'000;

// PBKDF2-SHA-256$ROUNDS:SALT$KEY, salt and key in base64.
std::string password_verifier(const Secret& password, Random& random);

// False for what is no verifier as well; as slow as for a wrong password.
bool is_password(std::string_view verifier, const Secret& password);

}  // namespace countersign::crypto
