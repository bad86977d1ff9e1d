// Where people sign in by a browser: the pages of IAM Identity Center. A person proves who they are with a
// password of the directory and the code of an authenticator app, and then sees what they may use
// (/start/d-…), or agrees that a program may use it (/device, /authorize). Safe to call from any thread.
// Source: RFC 8628 (device codes), RFC 7636 (PKCE), RFC 8252 (programs on the person's machine).
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "console/signin/browser_sessions.h"
#include "console/signin/provider.h"
#include "console/signin/visit.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "http/server.h"
#include "identity_center/applications.h"
#include "identity_center/credentials.h"
#include "identity_center/grants.h"
#include "services/sso/role_credentials.h"
#include "store/store.h"

namespace countersign::console {

// For the record of who signed in, and who failed to.
struct SignInEvent {
    Instant time;
    std::string name;          // of AWS's event
    std::string account;       // whose record it belongs in
    std::string instance_arn;  // of IAM Identity Center
    std::string user_name;
    std::string address;
    std::string user_agent;
    bool mfa_used = false;
    std::string failure;       // empty: signed in
    bool by_provider = false;  // otherwise with a password of the directory
};

// What stands for a name that nobody has: it may be a password in the wrong field. AWS's words.
inline constexpr std::string_view nobodys_name = "HIDDEN_DUE_TO_SECURITY_REASONS";

class SignIn {
public:
    // The references must outlive it.
    struct Deps {
        store::Store& store;
        const crypto::SealingKey& sealing;
        crypto::Random& random;
        const Clock& clock;
        const Log& log;
        identity_center::Grants& grants;
        sso::BeginRoleSession begin;
        std::function<Site()> site;
        // Runs a job that takes a fifth of a second of a core elsewhere; false: too many wait.
        std::function<bool(const std::string& address, std::function<void()> job)> slowly;
        // Runs a job of an account that waits for somebody else's server; false: too many wait.
        std::function<bool(const std::string& account, std::function<void()> job)> outside;
        std::function<void(const SignInEvent&)> record;
    };

    explicit SignIn(Deps deps) : deps_(std::move(deps)), sessions_(deps_.random) {}

    // Whether the request is for one of the pages here.
    static bool takes(const http::Request& request);
    void answer(const http::Request& request, const http::Answer& give);

private:
    // A request that was found to be one of a browser that may ask.
    struct Seen {
        const http::Request& request;
        Site site;
        Visit visit;
        std::string cookie;
        std::optional<BrowserSession> session;  // signed in or on the way there
        Instant now;

        const BrowserSession* signed_in() const {
            return session && session->stage == Stage::signed_in ? &*session : nullptr;
        }
    };
    using Page = http::Response (SignIn::*)(Seen&);
    enum class Runs { here, slowly, outside };
    enum class Posts { from_here, from_providers };  // whose pages may send a form there
    struct Route {
        std::string_view method;
        std::string_view path;  // one that ends with a slash stands for all below it
        Page page;
        Runs runs = Runs::here;
        Posts posts = Posts::from_here;
    };
    static const Route* find(const http::Request& request);
    http::Response run(const http::Request& request, const Route& route);
    Result<void> keep_standing(Seen& seen);
    std::string owner_of(const http::Request& request);

    // signin.cc
    http::Response style(Seen&);
    http::Response sign_out(Seen&);
    // password_pages.cc
    http::Response ask_password(Seen&);
    http::Response take_password(Seen&);
    http::Response ask_code(Seen&);
    http::Response take_code(Seen&);
    http::Response ask_new_password(Seen&);
    http::Response take_new_password(Seen&);
    // provider_pages.cc
    http::Response leave_for_provider(Seen&);
    http::Response come_from_openid(Seen&);
    http::Response come_from_saml(Seen&);
    http::Response describe_for_saml(Seen&);
    http::Response take_from_provider(Seen&);
    http::Response admit(Seen&, const Elsewhere& sent, const Vouched& who);
    http::Response provider_failed(const Way& way, const Error& error);
    // app_pages.cc
    http::Response show_app(Seen&);
    http::Response take_app(Seen&);
    // agreement_pages.cc
    http::Response ask_device(Seen&);
    http::Response answer_device(Seen&);
    http::Response ask_authorize(Seen&);
    http::Response answer_authorize(Seen&);
    // portal_pages.cc
    http::Response portal(Seen&);
    http::Response role_keys(Seen&);

    // A button for each provider of that identity store's people.
    std::string provider_buttons(const std::string& identity_store, const std::string& to);
    http::Response password_form(int status, const std::string& identity_store, const std::string& to,
                                 std::string_view wrong);
    http::Response new_password_form(int status, Seen& seen, const std::string& to, std::string_view wrong);
    http::Response code_form(int status, const std::string& to, std::string_view wrong);
    http::Response app_form(int status, Seen& seen, std::string_view wrong);
    // Goes on to the next step of a sign-in, or to where the person wanted to go.
    static std::string next_step(const BrowserSession& session, const std::string& to);
    // To the sign-in of that identity store, and back to what was asked for.
    static http::Response to_sign_in(const std::string& identity_store, const std::string& to);
    // The identity store of the first account's instance; empty where it has none.
    Result<std::string> usual_identity_store();
    Result<std::string> identity_store_for(
        const std::optional<identity_center::FoundApplication>& application, const std::string& issuer);
    // Whether this is one of its people who is signed in.
    static const BrowserSession* person_of(const Seen& seen, const std::string& identity_store);
    std::string known_name(const std::string& identity_store, const std::string& user_name);
    struct Told {
        std::string name;  // of the event
        std::string user_name;
        bool mfa_used = false;
        std::string failure;
        std::string about = {};  // the account whose role it is about; empty: the directory's own
        bool by_provider = false;
    };
    static Told by_provider(Told told) {
        told.by_provider = true;
        return told;
    }
    void tell(const Seen& seen, const std::string& identity_store, Told told);
    ProviderDeps providers() const { return {deps_.store, deps_.sealing, deps_.random}; }
    identity_center::CredentialDeps credentials() const { return {deps_.store, deps_.sealing, deps_.random}; }

    const Deps deps_;
    BrowserSessions sessions_;
    AddressBrake brake_;
};

// A page that says what went wrong, and what to do.
http::Response failure_page(const Error& error);

}  // namespace countersign::console
