// Signing a person in from a terminal: the program registers itself, the person agrees on a page of the
// server's, and the program gets an access token, as the AWS CLI does it.
// Source: IAM Identity Center OIDC API Reference; RFC 8628, RFC 7636, RFC 8252.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/credentials/documents.h"

namespace countersign::client {

struct SignInTarget {
    std::string url;        // of the server
    std::string start_url;  // of the people who may sign in
    std::string region;
    std::string ca_bundle = {};  // PEM file; empty: the machine's own
};

// What the person is told while the program waits.
struct SignInWords {
    std::function<void(const std::string& url)> open;                           // a page, in a browser
    std::function<void(const std::string& url, const std::string& code)> show;  // a page and a code, to type
};

// By a browser on this machine, which comes back to a loopback address. Fault::denied: the person refused.
// Fault::unavailable: nobody answered in ten minutes, or no such server.
Result<SsoToken> sign_in_by_browser(const SignInTarget& target, const SignInWords& words);
// By a browser anywhere: the person types the code that is shown.
Result<SsoToken> sign_in_by_code(const SignInTarget& target, const SignInWords& words);

struct PortalRole {
    std::string account;
    std::string account_name;
    std::string role;
};
// What the person may use. Fault::unauthenticated: the token is none any more.
Result<std::vector<PortalRole>> portal_roles(const SignInTarget& target, const SsoToken& token);
// Ends the token at the server.
Result<void> sign_out(const SignInTarget& target, const SsoToken& token);

}  // namespace countersign::client
