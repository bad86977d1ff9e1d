// A program asks for what a person may do: which program it is, from where it asks, what it will get; and the
// person allows it, or not.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "console/signin/html.h"
#include "console/signin/signin.h"
#include "federation/base64url.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "identity_center/applications.h"
#include "identity_center/client_registration.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "identity_center/start_url.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr std::size_t name_bytes_shown_max = 256;
constexpr std::string_view what_it_gets =
    "Everything that you may do in your accounts and databases, for eight hours at most.";

constexpr std::string_view identity_alone =
    "Proof that it acts for you, for services that trust it, for eight hours at most.";

std::string facts(const std::string& program, const std::string& from, const std::string& person,
                  std::string_view gets = what_it_gets) {
    return fmt::format(
        "<dl>\n<dt>Program</dt><dd>{}</dd>\n<dt>Asks from</dt><dd>{}</dd>\n<dt>You are</dt>"
        "<dd>{}</dd>\n<dt>It will get</dt><dd>{}</dd>\n</dl>\n<p>Allow it only if you started it "
        "yourself, a moment ago.</p>\n",
        escaped(printable(program, name_bytes_shown_max)), escaped(from), escaped(person), gets);
}

Error no_such_code() {
    return Error{Fault::not_found,
                 "There is no program that waits with this code, or not any more. Start it again."};
}

// A valid address with more fields.
std::string with_fields(const std::string& uri, std::string_view fields) {
    return uri + (uri.find('?') == std::string::npos ? '?' : '&') + std::string(fields);
}

// The origin of a registered URI, which the form's answer is redirected to.
std::string origin_of(const std::string& uri) {
    const std::size_t host = uri.find("://") + 3;
    return uri.substr(0, std::min(uri.find_first_of("/?", host), uri.size()));
}

}  // namespace

http::Response SignIn::ask_device(Seen& seen) {
    const std::string code = ic::shown_user_code(seen.visit["user_code"]);
    if (code.empty())
        return page(200, "Connect a program",
                    fmt::format("<p>Type the code that the program shows.</p>\n<form method=\"get\" "
                                "action=\"/device\">\n{}<button>Go on</button>\n</form>\n",
                                text_field("user_code", "Code",
                                           "autocomplete=\"off\" autocapitalize=\"characters\" autofocus")));
    const auto waiting = deps_.grants.find_device(code, seen.now);
    if (!waiting) return failure_page(no_such_code());
    const BrowserSession* const person = person_of(seen, waiting->identity_store);
    if (person == nullptr)
        return to_sign_in(waiting->identity_store, "/device?user_code=" + formats::percent_encode(code));
    const std::string from = (waiting->address.empty() ? "an address that is not known" : waiting->address) +
                             ", " + formats::second_time(waiting->begun);
    return page(
        200, "May this program act for you?",
        fmt::format("<p>The program shows this code:</p>\n<p class=\"code\">{}</p>\n{}<form method=\"post\" "
                    "action=\"/device\">\n{}{}{}</form>\n",
                    escaped(code), facts(waiting->client.name, from, person->user_name),
                    hidden("user_code", code), button("do", "allow", "Allow"),
                    button("do", "deny", "Deny", "second")));
}

http::Response SignIn::answer_device(Seen& seen) {
    const std::string code = seen.visit["user_code"];
    const auto waiting = deps_.grants.find_device(code, seen.now);
    if (!waiting) return failure_page(no_such_code());
    const BrowserSession* const person = person_of(seen, waiting->identity_store);
    if (person == nullptr) return failure_page({Fault::denied, "You are not signed in any more."});
    const bool allowed = seen.visit["do"] == "allow";
    const bool told =
        allowed ? deps_.grants.approve(code, {person->user, person->standing, person->mfa_time}, seen.now)
                : deps_.grants.deny(code, seen.now);
    if (!told) return failure_page(no_such_code());
    return page(200, allowed ? "Allowed" : "Denied",
                allowed ? "<p>Go back to the program; it goes on by itself. You can close this page.</p>\n"
                        : "<p>The program gets nothing. You can close this page.</p>\n");
}

namespace {

// What a program, or an application, asks for at /authorize.
struct Wanted {
    std::string name;
    bool renewable = false;
    std::string where;  // the answer goes, in words
    std::string_view gets = what_it_gets;
    std::optional<ic::FoundApplication> application;
    std::string issuer;  // of a program: the start URL that it named
    std::string client_id;
    std::string redirect_uri;
    std::string state;
    std::string challenge;
};

Error no_such_address() {
    return {Fault::invalid, "The program asks for an answer at an address that it did not register."};
}

Result<void> find_application(const SignIn::Deps& deps, Wanted& wanted) {
    wanted.application = TRY(ic::find_application(deps.store, wanted.client_id));
    if (!wanted.application || !wanted.application->application.record.enabled)
        return Error{Fault::invalid, "The application is not known here, or is disabled."};
    const model::Application& app = wanted.application->application.record;
    if (!ic::has_grant(app, ic::code_grant) ||
        std::ranges::find(app.redirect_uris, wanted.redirect_uri) == app.redirect_uris.end())
        return no_such_address();
    wanted.name = app.name;
    wanted.renewable = ic::has_grant(app, ic::refresh_grant);
    wanted.where = "an application at " + origin_of(wanted.redirect_uri);
    const auto reaches_further = [](const model::AccessScope& one) {
        return one.scope == ic::account_access_scope || !one.targets.empty();
    };
    if (std::ranges::none_of(app.scopes, reaches_further)) wanted.gets = identity_alone;
    return {};
}

Result<void> find_program(const SignIn::Deps& deps, Instant now, Wanted& wanted) {
    const auto client = ic::read_client(wanted.client_id, deps.sealing, now);
    if (!client)
        return Error{Fault::invalid,
                     "The program is not known here. Start it again, so that it registers anew."};
    if (!ic::may_redirect_to(*client, wanted.redirect_uri) || !ic::may_use(*client, ic::code_grant))
        return no_such_address();
    wanted.name = client->name;
    wanted.renewable = ic::may_use(*client, ic::refresh_grant);
    wanted.where = "a program that listens at " + wanted.redirect_uri + " on this computer";
    wanted.issuer = client->issuer;
    return {};
}

Result<Wanted> wanted_of(const SignIn::Deps& deps, const Visit& visit, Instant now) {
    constexpr std::size_t challenge_length = 43;  // of a SHA-256 in base64url
    constexpr std::size_t state_bytes_max = 1024;
    Wanted wanted;
    wanted.client_id = visit["client_id"];
    wanted.redirect_uri = visit["redirect_uri"];
    wanted.state = visit["state"];
    wanted.challenge = visit["code_challenge"];
    if (wanted.client_id.starts_with("arn:"))
        TRY(find_application(deps, wanted));
    else
        TRY(find_program(deps, now, wanted));
    const bool pkce = visit["response_type"] == "code" && visit["code_challenge_method"] == "S256" &&
                      wanted.challenge.size() == challenge_length &&
                      federation::from_base64url(wanted.challenge);
    if (!pkce || wanted.state.size() > state_bytes_max)
        return Error{Fault::invalid,
                     "The program asks in a form that is not offered: a code with PKCE (S256)."};
    return wanted;
}

}  // namespace

// Whose people may answer: those of the application's instance, or of the one that the program named, or of
// the usual one.
Result<std::string> SignIn::identity_store_for(const std::optional<ic::FoundApplication>& application,
                                               const std::string& issuer) {
    if (application) return application->instance.identity_store;
    if (const auto named = ic::identity_store_in(issuer)) return *named;
    return usual_identity_store();
}

http::Response SignIn::ask_authorize(Seen& seen) {
    const auto wanted = wanted_of(deps_, seen.visit, seen.now);
    if (!wanted) return failure_page(wanted.error());
    const auto store = identity_store_for(wanted->application, wanted->issuer);
    if (!store) return failure_page(store.error());
    const BrowserSession* const person = person_of(seen, *store);
    if (person == nullptr) return to_sign_in(*store, seen.request.target);
    if (wanted->application) {
        const auto theirs = ic::may_use_application(deps_.store, *store,
                                                    wanted->application->application.record, person->user);
        if (!theirs || !*theirs)
            return failure_page(
                {Fault::denied, "This application is not assigned to you; an administrator does that."});
    }
    std::string fields;
    for (const char* name :
         {"client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method", "response_type"})
        fields += hidden(name, seen.visit[name]);
    return page(200, "May this program act for you?",
                fmt::format("{}<form method=\"post\" action=\"/authorize\">\n{}{}{}</form>\n",
                            facts(wanted->name, wanted->where, person->user_name, wanted->gets), fields,
                            button("do", "allow", "Allow"), button("do", "deny", "Deny", "second")),
                origin_of(wanted->redirect_uri));
}

http::Response SignIn::answer_authorize(Seen& seen) {
    const auto wanted = wanted_of(deps_, seen.visit, seen.now);
    if (!wanted) return failure_page(wanted.error());
    const auto store = identity_store_for(wanted->application, wanted->issuer);
    if (!store) return failure_page(store.error());
    const BrowserSession* const person = person_of(seen, *store);
    if (person == nullptr) return failure_page({Fault::denied, "You are not signed in any more."});
    const std::string state = "state=" + formats::percent_encode(wanted->state);
    // Without TLS the browser shows its cookie to whatever listens at another port of the same host.
    if (seen.visit["do"] != "allow" && !seen.site.tls)
        return page(200, "Denied", "<p>The program gets nothing. End it; you can close this page.</p>\n");
    if (seen.visit["do"] != "allow")
        return see_other(with_fields(wanted->redirect_uri, "error=access_denied&" + state));
    const auto code =
        deps_.grants.new_code({{ic::client_digest(wanted->client_id), wanted->name, wanted->renewable},
                               wanted->redirect_uri,
                               wanted->challenge,
                               {person->user, person->standing, person->mfa_time},
                               seen.now});
    if (!code) return failure_page(code.error());
    return see_other(with_fields(wanted->redirect_uri, "code=" + *code + '&' + state));
}

}  // namespace countersign::console
