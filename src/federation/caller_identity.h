// An identity of AWS itself: a GetCallerIdentity request for AWS's STS that its signer does not send but
// hands over. Whoever is handed it sends it, and AWS answers who signed it. So that nobody can pass on what
// was meant for another, the request carries the header x-countersign-server, signed, with the name of the
// server that it is for. What is handed over are the parts that differ between two such requests; the request
// is made of them here, so that nothing foreign decides where it goes or what it asks. Pure: asking and time
// are passed in. Source: STS API Reference, "GetCallerIdentity"; IAM User Guide, "Create a signed AWS API
// request".
#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "sigv4/signing.h"

namespace countersign::federation {

// The provider that an account registers when it lets identities of AWS in. Its client ids are the names by
// which a request may mean this server.
inline constexpr std::string_view aws_identity_provider = "sts.amazonaws.com";

inline constexpr std::string_view nonce_header = "x-countersign-nonce";
inline constexpr std::string_view role_header = "x-countersign-role";
inline constexpr std::string_view server_header = "x-countersign-server";
inline constexpr auto proof_age_max = std::chrono::minutes(5);  // and so far may its signer's clock be ahead

// What is signed, and with which outcome.
struct CallerIdentityProof {
    std::string host;           // of AWS's STS: sts.eu-central-1.amazonaws.com
    std::string server;         // whom it is for
    std::string nonce;          // of the signer's own choice, so that no two requests are the same
    std::string role;           // ARN of the one that is wanted
    std::string date;           // X-Amz-Date
    std::string credential;     // AKID/DATE/REGION/sts/aws4_request
    std::string signature;      // 64 hex digits
    std::string session_token;  // X-Amz-Security-Token; empty for a long-term key
};
BOOST_DESCRIBE_STRUCT(CallerIdentityProof, (),
                      (host, server, nonce, role, date, credential, signature, session_token))

// What a signer chooses.
struct ProofFor {
    std::string host;    // of the STS that is to be asked
    std::string region;  // of that host
    std::string server;
    std::string nonce;
    std::string role;
};
CallerIdentityProof sign_caller_identity(const ProofFor& chosen, const sigv4::Credentials& credentials,
                                         Instant now);

// As a WebIdentityToken, and back. Whether a text is meant as one, and not as a JWT.
std::string to_token(const CallerIdentityProof& proof);
bool is_caller_identity_token(std::string_view token);
// Code InvalidIdentityToken: no such text, or parts that no signer makes.
Result<CallerIdentityProof> parse_caller_identity_token(std::string_view token);

// Whether it may be sent: it is for one of these names and that role, to one of these hosts, and signed just
// now. Codes InvalidIdentityToken, ExpiredTokenException.
struct ProofRules {
    std::set<std::string> servers;
    std::string role;
    const std::set<std::string, std::less<>>& hosts;
    Instant now;
};
Result<void> check_proof(const CallerIdentityProof& proof, const ProofRules& rules);

// The hosts of AWS's STS in all regions of its public partitions, and the global one.
const std::set<std::string, std::less<>>& aws_sts_hosts();

// The whole request.
http::Request caller_identity_request(const CallerIdentityProof& proof);

// The digest by which a proof is known again.
std::string digest_of(const CallerIdentityProof& proof);

// Who AWS says signed it.
struct CallerIdentity {
    std::string arn;  // of a session: arn:…:sts::ACCOUNT:assumed-role/ROLE/SESSION
    std::string account;
    std::string user_id;  // of a session AROA…:SESSION
    std::string subject;  // of a session its role, arn:…:iam::ACCOUNT:role/ROLE without a path; else `arn`
};
// Code InvalidIdentityToken where AWS refused, IDPCommunicationError where the answer cannot be read.
Result<CallerIdentity> read_caller_identity(const http::Response& answer);

}  // namespace countersign::federation
