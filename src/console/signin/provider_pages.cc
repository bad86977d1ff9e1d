// Signing in by one of the company's own providers: there, and back.
#include <fmt/format.h>

#include "console/signin/html.h"
#include "console/signin/provider.h"
#include "console/signin/signin.h"
#include "crypto/digest.h"
#include "federation/base64url.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "identity_center/start_url.h"
#include "model/identity_center_keys.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr std::size_t random_bytes = 32;
constexpr std::string_view finish_path = "/console/signin/finish";

// The browser comes from another site, so that it does not show its cookie yet: this page leads on to where
// it does, and whoever follows somebody else's link has no cookie that fits.
http::Response lead_on(const std::string& query) {
    const std::string next = with_query(std::string(finish_path), query);
    http::Response response =
        page(200, "Signing in", fmt::format("<p><a href=\"{}\">Go on</a></p>\n", escaped(next)));
    response.headers.emplace_back("Refresh", "0; url=" + next);
    return response;
}

// What stands below one of the paths of answers: a way's place.
std::string place_below(std::string_view path, std::string_view prefix) {
    return std::string(path.substr(prefix.size()));
}

Result<Way> way_of(store::Store& store, const std::string& place) {
    const std::size_t slash = place.find('/');
    if (slash == std::string::npos) return not_offered();
    return find_way(store, place.substr(0, slash), place.substr(slash + 1));
}

}  // namespace

std::string SignIn::provider_buttons(const std::string& identity_store, const std::string& to) {
    const auto methods =
        store::load_all<model::SigninMethod>(deps_.store, model::keys::signin_methods(identity_store));
    std::string buttons;
    if (methods)
        for (const auto& one : *methods)
            buttons += fmt::format(
                "<p><a class=\"second\" href=\"{}\">{}</a></p>\n",
                escaped(with_query(
                    "/console/signin/provider",
                    form_of({{"store", identity_store}, {"method", one.record.name}, {"to", to}}))),
                escaped(one.record.label));
    return buttons;
}

// What nobody but the operator can mend is theirs to read.
http::Response SignIn::provider_failed(const Way& way, const Error& error) {
    if (error.fault != Fault::unavailable) return failure_page(error);
    deps_.log.error("sign_in_provider_failed",
                    {{"account", way.account}, {"method", way.method.record.name}, {"error", error.message}});
    return failure_page({Fault::unavailable, "The provider did not answer as it should."});
}

http::Response SignIn::leave_for_provider(Seen& seen) {
    const std::string store = seen.visit["store"];
    const auto way = find_way(deps_.store, store, seen.visit["method"]);
    if (!way) return failure_page(way.error());
    const auto fresh = [this] { return federation::base64url(deps_.random.bytes(random_bytes)); };
    BrowserSession session;
    session.stage = Stage::elsewhere;
    session.elsewhere =
        Elsewhere{store, way->method.record.name, safe_path(seen.visit["to"]), fresh(), fresh(), fresh()};
    const Elsewhere& sent = *session.elsewhere;
    const auto address = way->is_saml() ? ask_saml(providers(), *way, seen.site, sent, seen.now)
                                        : ask_openid(providers(), *way, seen.site, sent);
    if (!address) return provider_failed(*way, address.error());
    http::Response response = see_other(*address);
    response.headers.push_back(set_cookie(seen.site, sessions_.renew(seen.cookie, session, seen.now)));
    return response;
}

http::Response SignIn::come_from_openid(Seen& seen) {
    return lead_on(form_of({{"at", place_below(seen.request.path(), ic::openid_path)},
                            {"state", seen.visit["state"]},
                            {"code", seen.visit["code"]},
                            {"iss", seen.visit["iss"]},
                            {"error", seen.visit["error"]}}));
}

http::Response SignIn::come_from_saml(Seen& seen) {
    const std::string place = place_below(seen.request.path(), ic::saml_path);
    const auto way = way_of(deps_.store, place);
    if (!way) return failure_page(way.error());
    if (!way->is_saml()) return failure_page(not_offered());
    const std::string sealed =
        sealed_response(providers(), *way, seen.site, seen.visit["SAMLResponse"], seen.now);
    return lead_on(form_of({{"at", place}, {"state", seen.visit["RelayState"]}, {"code", sealed}}));
}

http::Response SignIn::describe_for_saml(Seen& seen) {
    const auto way = way_of(deps_.store, place_below(seen.request.path(), ic::saml_path));
    if (!way) return failure_page(way.error());
    if (!way->is_saml()) return failure_page(not_offered());
    return {200,
            {{"Content-Type", "application/samlmetadata+xml"}, {"X-Content-Type-Options", "nosniff"}},
            saml_service_metadata(seen.site, *way)};
}

http::Response SignIn::take_from_provider(Seen& seen) {
    const auto is_ours = [&](const Elsewhere& sent) {
        return sent.identity_store + '/' + sent.method == seen.visit["at"] &&
               crypto::same_secret(sent.state, seen.visit["state"]);
    };
    const bool is_expected = seen.session && seen.session->stage == Stage::elsewhere &&
                             seen.session->elsewhere && is_ours(*seen.session->elsewhere);
    if (!is_expected)
        return failure_page(
            {Fault::denied, "The sign-in took too long, or was not begun in this browser. Begin anew."});
    const Elsewhere sent = *seen.session->elsewhere;
    sessions_.end(seen.cookie);
    const auto way = find_way(deps_.store, sent.identity_store, sent.method);
    if (!way) return failure_page(way.error());
    const Back back{seen.site, sent, seen.visit, seen.now};
    const auto who =
        way->is_saml() ? take_saml(providers(), *way, back) : take_openid(providers(), *way, back);
    if (!who && who.error().fault == Fault::unavailable) return provider_failed(*way, who.error());
    if (!who) {
        tell(seen, sent.identity_store,
             by_provider({"UserAuthentication", std::string(nobodys_name), false, who.error().message}));
        return failure_page({Fault::denied, "You are not signed in: " + who.error().message + '.'});
    }
    return admit(seen, sent, *who);
}

// Lets in whom the provider vouches for, if the directory has such a person.
http::Response SignIn::admit(Seen& seen, const Elsewhere& sent, const Vouched& who) {
    const auto user = ic::find_user_by_name(deps_.store, sent.identity_store, who.name);
    if (!user) return failure_page(user.error());
    const bool is_exact = !who.is_exact || (*user && (*user)->record.user_name == who.name);
    if (who.name.empty() || !*user || !is_exact || !(*user)->record.active) {
        tell(seen, sent.identity_store,
             by_provider({"UserAuthentication", known_name(sent.identity_store, who.name), false,
                          "The directory has no such active user."}));
        return failure_page(
            {Fault::denied, fmt::format("The provider knows you as {}, but nobody has this user name "
                                        "here. Ask your administrator.",
                                        who.name.empty() ? "somebody without a name" : who.name)});
    }
    BrowserSession session;
    session.user = (*user)->record.id;
    session.user_name = (*user)->record.user_name;
    const auto standing = ic::standing_of(deps_.store, session.user);
    if (!standing) return failure_page(standing.error());
    session.standing = standing->value_or(Instant());
    session.stage = Stage::signed_in;
    if (who.gave_code) session.mfa_time = seen.now;
    tell(seen, sent.identity_store,
         by_provider({"UserAuthentication", session.user_name, who.gave_code, ""}));
    http::Response response = see_other(sent.to);
    response.headers.push_back(set_cookie(seen.site, sessions_.begin(session, seen.now)));
    return response;
}

}  // namespace countersign::console
