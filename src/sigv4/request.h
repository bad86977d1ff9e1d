// The signature of an API request: found in its Authorization header or, presigned, in its query; checked
// against a secret. Errors carry AWS's codes and texts. Pure. Source: IAM User Guide, "Troubleshoot Signature
// Version 4 signing"; ../http/message.h is what was received.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"
#include "sigv4/signing.h"

namespace countersign::sigv4 {

// A request that carries a well-formed signature, unverified. Only parse_request() makes one.
class SignedRequest {
public:
    const std::string& access_key_id() const { return credential_.access_key_id; }
    const Scope& scope() const { return credential_.scope; }
    const std::string& session_token() const { return session_token_; }  // empty when there is none

    // Checks, in this order: the scope's service and terminator, its date, the clock window (15 minutes each
    // way; a presigned request until X-Amz-Expires has passed), that host and every x-amz-* header is signed
    // and every signed header sent, the payload hash, the signature (constant time). Error: code
    // SignatureDoesNotMatch with AWS's sentence.
    Result<void> verify(const Secret& secret_access_key, std::string_view service, Instant now) const;

private:
    friend Result<SignedRequest> parse_request(const http::Request& request);
    SignedRequest() = default;

    CredentialName credential_;
    std::string terminator_;
    std::string session_token_;
    std::string x_amz_date_;
    Instant signed_at_;
    std::chrono::seconds lifetime_{0};  // how long after signed_at_ it may arrive
    std::string signature_;
    SignableRequest signable_;
    std::string body_hash_;  // of the body as received
};

// Error codes: MissingAuthenticationToken (403) when there is no signature at all, IncompleteSignature (400)
// when it is malformed or a part of it is there twice, InvalidClientTokenId (403) where the credential names
// no key, SignatureDoesNotMatch (403) when header and query both sign, MalformedQueryString for a broken
// query. A '+' in the query is a plus sign here; whoever reads the parameters must read it likewise.
Result<SignedRequest> parse_request(const http::Request& request);

}  // namespace countersign::sigv4
