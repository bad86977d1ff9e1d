#include "console/signin/signin.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/network.h"
#include "console/signin/html.h"
#include "federation/saml.h"
#include "formats/uri.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"
#include "identity_center/start_url.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr std::size_t form_bytes_max = 16UL * 1024;
constexpr std::size_t response_form_bytes_max = 2 * federation::saml_response_bytes_max;  // percent-encoded

Error braked_address() {
    return Error{Fault::throttled,
                 "Too many answers from your address were wrong. Wait five minutes, then try again."};
}

bool matches(std::string_view path, std::string_view route) {
    return route.ends_with('/') ? path.starts_with(route) : path == route;
}

int status_of(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return 400;
        case Fault::not_found:
            return 404;
        case Fault::denied:
        case Fault::unauthenticated:
            return 403;
        case Fault::exists:
        case Fault::conflict:
            return 409;
        case Fault::throttled:
            return 429;
        case Fault::unsupported:
        case Fault::unavailable:
        case Fault::compacted:
        case Fault::internal:
            break;
    }
    return 500;
}

}  // namespace

http::Response failure_page(const Error& error) {
    const int status = status_of(error.fault);
    const std::string_view sentence = status == 500 ? "Something failed on the server; its log says what."
                                                    : std::string_view(error.message);
    return page(status, "This did not work",
                "<p>" + escaped(sentence) + "</p>\n<p><a href=\"/start\">To the start page</a></p>\n");
}

const SignIn::Route* SignIn::find(const http::Request& request) {
    static constexpr std::array<Route, 22> routes{{
        {"GET", style_path, &SignIn::style},
        {"GET", "/console/signin", &SignIn::ask_password},
        {"POST", "/console/signin", &SignIn::take_password, Runs::slowly},
        {"GET", "/console/signin/code", &SignIn::ask_code},
        {"POST", "/console/signin/code", &SignIn::take_code},
        {"GET", "/console/signin/password", &SignIn::ask_new_password},
        {"POST", "/console/signin/password", &SignIn::take_new_password, Runs::slowly},
        {"GET", "/console/signin/provider", &SignIn::leave_for_provider, Runs::outside},
        {"GET", ic::openid_path, &SignIn::come_from_openid},
        {"GET", ic::saml_path, &SignIn::describe_for_saml},
        {"POST", ic::saml_path, &SignIn::come_from_saml, Runs::here, Posts::from_providers},
        {"GET", "/console/signin/finish", &SignIn::take_from_provider, Runs::outside},
        {"GET", "/console/signin/app", &SignIn::show_app},
        {"POST", "/console/signin/app", &SignIn::take_app},
        {"POST", "/console/signout", &SignIn::sign_out},
        {"GET", "/device", &SignIn::ask_device},
        {"POST", "/device", &SignIn::answer_device},
        {"GET", "/authorize", &SignIn::ask_authorize},
        {"POST", "/authorize", &SignIn::answer_authorize},
        {"GET", "/start", &SignIn::portal},
        {"GET", "/start/", &SignIn::portal},
        {"POST", "/start/keys", &SignIn::role_keys},
    }};
    const auto found = std::ranges::find_if(routes, [&](const Route& route) {
        return route.method == request.method && matches(request.path(), route.path);
    });
    return found == routes.end() ? nullptr : &*found;
}

bool SignIn::takes(const http::Request& request) {
    return find(request) != nullptr;
}

// Whose share of waiting for others a sign-in by a provider takes: that of the account whose provider it is.
std::string SignIn::owner_of(const http::Request& request) {
    std::string store;
    if (const auto visit = Visit::read(request))
        store = (*visit)["store"].empty() ? (*visit)["at"] : (*visit)["store"];
    const auto instance = ic::find_by_identity_store(deps_.store, store.substr(0, store.find('/')));
    return instance && *instance ? (*instance)->record.account : "sign-in";
}

void SignIn::answer(const http::Request& request, const http::Answer& give) {
    const Route& route = *find(request);
    const bool is_response = route.posts == Posts::from_providers;
    if (request.body.size() > (is_response ? response_form_bytes_max : form_bytes_max))
        return give(failure_page({Fault::invalid, "The form is too long."}));
    if (route.runs == Runs::slowly && brake_.holds(network_of(request.peer), deps_.clock.now()))
        return give(failure_page(braked_address()));
    if (route.runs == Runs::here) return give(run(request, route));
    const auto kept = std::make_shared<const http::Request>(request);
    const bool is_slow = route.runs == Runs::slowly;
    const auto& run_it = is_slow ? deps_.slowly : deps_.outside;
    const std::string owner = is_slow ? network_of(request.peer) : owner_of(request);
    if (!run_it(owner, [this, kept, &route, give] { give(run(*kept, route)); }))
        give(
            failure_page({Fault::throttled, "Too many people sign in at once. Try again in a few seconds."}));
}

http::Response SignIn::run(const http::Request& request, const Route& route) {
    const Site site = deps_.site();
    if (const auto known = check_host(request, site); !known) {
        http::Response refused = failure_page(known.error());
        refused.status = 421;
        return refused;
    }
    if (request.method == "POST" && route.posts == Posts::from_here)
        if (const auto ours = check_same_origin(request); !ours) return failure_page(ours.error());
    auto visit = Visit::read(request);
    if (!visit) return failure_page(visit.error());
    const Instant now = deps_.clock.now();
    Seen seen{request, site, *std::move(visit), cookie_of(request, site), {}, now};
    seen.session = sessions_.find(seen.cookie, now);
    if (const auto stands = keep_standing(seen); !stands) return failure_page(stands.error());
    return (this->*route.page)(seen);
}

// A sign-in ends with what it stood on: the person, and the password.
Result<void> SignIn::keep_standing(Seen& seen) {
    if (!seen.session || seen.session->stage == Stage::elsewhere) return {};
    const auto standing = TRY(ic::standing_of(deps_.store, seen.session->user));
    if (standing && *standing == seen.session->standing) return {};
    sessions_.end(seen.cookie);
    seen.session.reset();
    return {};
}

http::Response SignIn::style(Seen&) {
    return style_sheet();
}

http::Response SignIn::sign_out(Seen& seen) {
    sessions_.end(seen.cookie);
    http::Response response = page(200, "Signed out",
                                   "<p>Programs that you gave access keep it until it ends, or "
                                   "until <code>aws sso logout</code>.</p>\n"
                                   "<p><a href=\"/start\">Sign in again</a></p>\n");
    response.headers.push_back(set_cookie(seen.site, ""));
    return response;
}

http::Response SignIn::to_sign_in(const std::string& identity_store, const std::string& to) {
    return see_other("/console/signin?store=" + formats::percent_encode(identity_store) +
                     "&to=" + formats::percent_encode(to));
}

std::string SignIn::next_step(const BrowserSession& session, const std::string& to) {
    const std::string way = "?to=" + formats::percent_encode(to);
    switch (session.stage) {
        case Stage::elsewhere:
        case Stage::wants_code:
            return "/console/signin/code" + way;
        case Stage::wants_password:
            return "/console/signin/password" + way;
        case Stage::signed_in:
            break;
    }
    return to;
}

Result<std::string> SignIn::usual_identity_store() {
    const auto instance = TRY(ic::find_of_first_account(deps_.store));
    return instance ? instance->record.identity_store : std::string();
}

const BrowserSession* SignIn::person_of(const Seen& seen, const std::string& identity_store) {
    const BrowserSession* const session = seen.signed_in();
    return session != nullptr && ic::identity_store_of(session->user) == identity_store ? session : nullptr;
}

void SignIn::tell(const Seen& seen, const std::string& identity_store, Told told) {
    const auto instance = ic::find_by_identity_store(deps_.store, identity_store);
    if (!instance || !*instance) return;
    const std::string* const agent = seen.request.header("user-agent");
    const model::IdentityCenter& record = (*instance)->record;
    deps_.record({seen.now, std::move(told.name), told.about.empty() ? record.account : told.about,
                  ic::instance_arn(record), std::move(told.user_name), seen.request.peer,
                  agent != nullptr ? *agent : std::string(), told.mfa_used, std::move(told.failure),
                  told.by_provider});
}

}  // namespace countersign::console
