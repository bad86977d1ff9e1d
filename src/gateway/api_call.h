// One call of the API as a record of it shows it. A value; never holds a secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/caller.h"
#include "access/denial.h"
#include "base/clock.h"

namespace countersign::gateway {

// For whom an identity provider vouched, in a call that nobody signed.
struct FederatedCaller {
    std::string account;   // whose provider it is
    std::string provider;  // its ARN; where nothing is proven, what the caller says: foreign text, or nothing
    std::string subject;   // nobody where nothing is proven
    std::string audience;
    bool proven = false;
};

struct ApiCall {
    std::string request_id;
    Instant time;
    std::string_view service;  // its signing name: rds, iam
    std::string_view action;
    std::string region;
    std::string source;      // the sender's IP address
    std::string user_agent;  // as the client names itself
    bool tls = false;
    const access::Caller* caller = nullptr;  // nobody where the call was not signed
    std::string input;                       // JSON without secrets; empty where it could not be read
    std::string error_code;                  // empty: it was done
    std::string error_message;
    const FederatedCaller* federated = nullptr;  // none, or of no account here
    const access::Denial* denial = nullptr;      // of a refusal by policy
};

// Hears of every call of a known operation by somebody who is known, and of those that need no signature,
// once it is answered. Called from any thread, several at once; must not block.
class ApiListener {
public:
    virtual ~ApiListener() = default;
    virtual void on_call(const ApiCall& call) = 0;
};

}  // namespace countersign::gateway
