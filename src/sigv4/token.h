// The database token: a presigned "connect" URL without its scheme, as `aws rds generate-db-auth-token`
// prints it. Pure. Source: botocore/signers.py, generate_db_auth_token; what other SDKs make differs in the
// order of the parameters, the case of the escapes and the signed host.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "sigv4/signing.h"

namespace countersign::sigv4 {

// Where a token is for, and for whom.
struct TokenTarget {
    std::string host;
    std::uint16_t port = 0;
    std::string region;
    std::string db_user;
};

// Byte for byte what botocore makes for the same input and time: host as written in the text and lower-cased
// in the signature, ":443" left out of the signed host, Security-Token between SignedHeaders and Signature.
std::string make_token(const TokenTarget& target, const Credentials& credentials, Instant now,
                       std::chrono::seconds lifetime = limits::token_lifetime_max);

// Whether a token that is good now can be of that date (YYYYMMDD, UTC): it was signed at most its longest
// lifetime ago, and at most as far ahead as a client's clock may be.
bool can_be_of(std::string_view date, Instant now);

// A token as presented: its parts, unverified. Only parse_token() makes one, and only of a well-formed token:
// every parameter there exactly once, algorithm, action, service, terminator and signed headers right, scope
// date equal to X-Amz-Date's, Expires between 1 and 900.
class PresentedToken {
public:
    const std::string& host() const { return host_; }  // as written
    std::uint16_t port() const { return port_; }
    const std::string& db_user() const { return db_user_; }
    const std::string& access_key_id() const { return access_key_id_; }
    const Scope& scope() const { return scope_; }
    const std::string& session_token() const { return session_token_; }  // empty when there is none
    Instant signed_at() const { return signed_at_; }
    Instant expires_at() const { return expires_at_; }

    // Tells this token from every other, and nothing of its signature: hex SHA-256 over scope and signature.
    std::string digest() const;

    // True when the signature is the one that this key makes, for any of the hosts that a generator may have
    // signed (as written or lower-cased; without the port where that is 443). Constant time.
    bool signed_by(const Secret& derived_key) const;

private:
    friend Result<PresentedToken> parse_token(std::string_view text);
    PresentedToken() = default;

    static constexpr std::size_t time_digits = 16;       // YYYYMMDDTHHMMSSZ
    static constexpr std::size_t signature_digits = 64;  // of hex

    std::string_view signature() const { return {signature_.data(), signature_.size()}; }

    std::string host_;
    std::uint16_t port_ = 0;
    std::string db_user_;
    std::string access_key_id_;
    Scope scope_;
    std::string session_token_;
    Instant signed_at_;
    Instant expires_at_;
    std::array<char, time_digits> x_amz_date_{};
    std::string canonical_query_;
    std::array<char, signature_digits> signature_{};
};

// Fault::invalid with a sentence that says what is wrong, and never a part of the token.
Result<PresentedToken> parse_token(std::string_view text);

}  // namespace countersign::sigv4
