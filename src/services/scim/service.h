// SCIM 2.0, as identity providers provision people and groups by it: /scim/d-…/v2/, for who shows a
// provisioning token of that directory. Safe to call from any thread.
// Source: RFC 7644; IAM Identity Center SCIM Implementation Developer Guide.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "crypto/random.h"
#include "http/message.h"
#include "store/store.h"

namespace countersign::scim {

// For the record of who changed or read what. `input` holds no values of attributes.
struct CallEvent {
    std::string request_id;
    Instant time;
    std::string account;  // whose directory it is
    std::string identity_store;
    std::string token_id;
    std::string_view operation;  // by AWS's names: CreateUser
    std::string address;
    std::string user_agent;
    std::string input;       // JSON
    std::string error_code;  // empty: it was done
    std::string error_message;
};

class Service {
public:
    // The references must outlive it.
    struct Deps {
        store::Store& store;
        crypto::Random& random;
        const Clock& clock;
        const Log& log;
        std::function<std::string()> url;  // of the server: https://HOST:PORT
        std::function<void(const CallEvent&)> record;
    };

    explicit Service(Deps deps) : deps_(std::move(deps)) {}

    // Whether the request is for an address here.
    static bool takes(const http::Request& request);
    // Without a valid token it is 401, whatever else is asked for; nothing is written or recorded then.
    http::Response answer(const http::Request& request) const;

private:
    struct Asked;

    Result<Asked> identify(const http::Request& request, Asked asked) const;
    http::Response perform(const http::Request& request, const Asked& asked) const;

    const Deps deps_;
};

}  // namespace countersign::scim
