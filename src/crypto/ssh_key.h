// Public keys of SSH as users of IAM bring them: RSA alone, as a line "ssh-rsa BASE64 COMMENT" (RFC 4253,
// section 6.6) or as PEM, whose label is PUBLIC KEY or RSA PUBLIC KEY.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::crypto {

struct SshKey {
    std::string line;         // "ssh-rsa BASE64", without a comment
    std::string pem;          // SubjectPublicKeyInfo
    std::string fingerprint;  // MD5 of the key's SSH form, sixteen pairs of hex digits with colons between
    bool came_as_pem = false;
};

// Fault::unsupported: neither of the two forms, or not RSA. Fault::invalid: malformed, or its numbers break
// the rules of PublicKey::from_rsa().
Result<SshKey> read_ssh_key(std::string_view text);

}  // namespace countersign::crypto
