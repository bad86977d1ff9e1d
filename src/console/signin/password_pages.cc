// Who is it: user name and password, the code of an authenticator app, a new password where one is due.
#include <fmt/format.h>

#include "base/network.h"
#include "base/wrapping.h"
#include "console/signin/html.h"
#include "console/signin/signin.h"
#include "identity_center/directory.h"
#include "identity_center/instances.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

constexpr std::string_view too_often =
    "Too many sign-ins from your address were wrong. Wait five minutes, then try again.";

// An unfinished sign-in is none: it begins anew.
Error unfinished() {
    return Error{Fault::denied, "The sign-in took too long, or was ended. Begin anew."};
}

Error no_directory() {
    return Error{Fault::not_found,
                 "This address leads to no directory. Ask your administrator for the right one."};
}

bool may_choose_password(const std::optional<BrowserSession>& session) {
    return session && (session->stage == Stage::wants_password || session->stage == Stage::signed_in);
}

}  // namespace

http::Response SignIn::password_form(int status, const std::string& identity_store, const std::string& to,
                                     std::string_view wrong) {
    return page(
        status, "Sign in",
        fmt::format(
            "{}<form method=\"post\" action=\"/console/signin\">\n{}{}{}{}{}</form>\n{}", notice(wrong),
            hidden("store", identity_store), hidden("to", to),
            text_field("user", "User name", "autocomplete=\"username\" autocapitalize=\"none\" autofocus"),
            text_field("password", "Password", "type=\"password\" autocomplete=\"current-password\""),
            button("do", "signin", "Sign in"), provider_buttons(identity_store, to)));
}

// What the record of a failed sign-in shows: the name of somebody who is known. What is nobody's name may be
// a password in the wrong field, and is AWS's words for it.
std::string SignIn::known_name(const std::string& identity_store, const std::string& user_name) {
    const auto user = ic::find_user_by_name(deps_.store, identity_store, user_name);
    return user && *user ? (*user)->record.user_name : std::string(nobodys_name);
}

http::Response SignIn::ask_password(Seen& seen) {
    const std::string store = seen.visit["store"];
    const std::string to = safe_path(seen.visit["to"]);
    const auto instance = ic::find_by_identity_store(deps_.store, store);
    if (!instance) return failure_page(instance.error());
    if (!*instance) return failure_page(no_directory());
    if (person_of(seen, store) != nullptr) return see_other(to);
    return password_form(200, store, to, "");
}

http::Response SignIn::take_password(Seen& seen) {
    const std::string store = seen.visit["store"];
    const std::string to = safe_path(seen.visit["to"]);
    const std::string user_name(without_wrapping(seen.visit["user"]));
    const auto instance = ic::find_by_identity_store(deps_.store, store);
    if (!instance) return failure_page(instance.error());
    if (!*instance) return failure_page(no_directory());
    if (brake_.holds(network_of(seen.request.peer), seen.now))
        return password_form(429, store, to, too_often);
    const auto match =
        ic::check_password(credentials(), store, user_name, Secret(seen.visit["password"]), seen.now);
    if (!match) {
        if (match.error().fault != Fault::denied) return failure_page(match.error());
        brake_.count(network_of(seen.request.peer), seen.now);
        tell(seen, store, {"UserAuthentication", known_name(store, user_name), false, match.error().message});
        return password_form(403, store, to, match.error().message);
    }
    BrowserSession session;
    session.user = match->user;
    session.user_name = user_name;
    session.standing = match->changed;
    session.one_time = match->one_time;
    session.stage = match->wants_code ? Stage::wants_code
                    : match->one_time ? Stage::wants_password
                                      : Stage::signed_in;
    if (session.stage == Stage::signed_in) tell(seen, store, {"UserAuthentication", user_name, false, ""});
    http::Response response = see_other(next_step(session, to));
    response.headers.push_back(set_cookie(seen.site, sessions_.renew(seen.cookie, session, seen.now)));
    return response;
}

http::Response SignIn::code_form(int status, const std::string& to, std::string_view wrong) {
    return page(
        status, "Your code",
        fmt::format(
            "<p>Type the six digits that your authenticator app shows.</p>\n{}<form method=\"post\" "
            "action=\"/console/signin/code\">\n{}{}{}</form>\n",
            notice(wrong), hidden("to", to),
            text_field("code", "Code", "inputmode=\"numeric\" autocomplete=\"one-time-code\" autofocus"),
            button("do", "code", "Sign in")));
}

http::Response SignIn::ask_code(Seen& seen) {
    if (!seen.session || seen.session->stage != Stage::wants_code) return failure_page(unfinished());
    return code_form(200, safe_path(seen.visit["to"]), "");
}

http::Response SignIn::take_code(Seen& seen) {
    if (!seen.session || seen.session->stage != Stage::wants_code) return failure_page(unfinished());
    const std::string to = safe_path(seen.visit["to"]);
    BrowserSession session = *seen.session;
    const std::string store = ic::identity_store_of(session.user);
    if (brake_.holds(network_of(seen.request.peer), seen.now)) return code_form(429, to, too_often);
    const auto right = ic::check_code(credentials(), session.user,
                                      std::string(without_wrapping(seen.visit["code"])), seen.now);
    if (!right) {
        if (right.error().fault != Fault::denied) return failure_page(right.error());
        brake_.count(network_of(seen.request.peer), seen.now);
        tell(seen, store, {"UserAuthentication", session.user_name, true, right.error().message});
        return code_form(403, to, right.error().message);
    }
    session.mfa_time = seen.now;
    session.stage = session.one_time ? Stage::wants_password : Stage::signed_in;
    if (session.stage == Stage::signed_in)
        tell(seen, store, {"UserAuthentication", session.user_name, true, ""});
    http::Response response = see_other(next_step(session, to));
    response.headers.push_back(set_cookie(seen.site, sessions_.renew(seen.cookie, session, seen.now)));
    return response;
}

http::Response SignIn::new_password_form(int status, Seen& seen, const std::string& to,
                                         std::string_view wrong) {
    // Who changes a password that is not due shows that it is theirs.
    const std::string current =
        seen.session->stage == Stage::signed_in
            ? text_field("current", "Your password", "type=\"password\" autocomplete=\"current-password\"")
            : std::string();
    // For the person's password manager.
    const std::string whose =
        fmt::format("<input type=\"text\" autocomplete=\"username\" value=\"{}\" readonly hidden>\n",
                    escaped(seen.session->user_name));
    return page(
        status, "Choose a password",
        fmt::format("<p>At least eight characters, with three of: small letters, capital letters, digits, "
                    "other characters.</p>\n{}<form method=\"post\" "
                    "action=\"/console/signin/password\">\n{}{}{}{}{}{}</form>\n",
                    notice(wrong), hidden("to", to), whose, current,
                    text_field("password", "New password",
                               "type=\"password\" autocomplete=\"new-password\" minlength=\"8\""),
                    text_field("again", "The same again", "type=\"password\" autocomplete=\"new-password\""),
                    button("do", "password", "Go on")));
}

http::Response SignIn::ask_new_password(Seen& seen) {
    if (!may_choose_password(seen.session)) return failure_page(unfinished());
    return new_password_form(200, seen, safe_path(seen.visit["to"]), "");
}

http::Response SignIn::take_new_password(Seen& seen) {
    if (!may_choose_password(seen.session)) return failure_page(unfinished());
    const std::string to = safe_path(seen.visit["to"]);
    BrowserSession session = *seen.session;
    const std::string store = ic::identity_store_of(session.user);
    if (seen.visit["password"] != seen.visit["again"])
        return new_password_form(400, seen, to, "The two passwords are not the same.");
    if (session.stage == Stage::signed_in) {
        const std::string network = network_of(seen.request.peer);
        if (brake_.holds(network, seen.now)) return new_password_form(429, seen, to, too_often);
        const auto known = ic::check_password(credentials(), store, session.user_name,
                                              Secret(seen.visit["current"]), seen.now);
        if (!known || known->user != session.user) {
            brake_.count(network, seen.now);
            return new_password_form(403, seen, to, "That is not your password.");
        }
    }
    const auto chosen = ic::choose_password(credentials(), session.user, session.standing,
                                            Secret(seen.visit["password"]), seen.now);
    if (!chosen && chosen.error().fault == Fault::invalid)
        return new_password_form(400, seen, to, chosen.error().message);
    if (!chosen) return failure_page(chosen.error());
    tell(seen, store, {"UpdatePassword", session.user_name, session.mfa_time.has_value(), ""});
    if (session.stage == Stage::wants_password)
        tell(seen, store, {"UserAuthentication", session.user_name, session.mfa_time.has_value(), ""});
    session.stage = Stage::signed_in;
    session.standing = seen.now;
    session.one_time = false;
    http::Response response = see_other(to);
    response.headers.push_back(set_cookie(seen.site, sessions_.renew(seen.cookie, session, seen.now)));
    return response;
}

}  // namespace countersign::console
