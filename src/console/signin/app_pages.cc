// An authenticator app is registered: its key as a picture and as text, and a first code as proof.
#include <fmt/format.h>

#include "base/wrapping.h"
#include "console/signin/html.h"
#include "console/signin/signin.h"
#include "formats/encoding.h"
#include "formats/uri.h"
#include "identity_center/directory.h"
#include "services/iam/qr_code.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

// Source: the "Key Uri Format" that authenticator apps share.
std::string otpauth_uri(const std::string& user_name, const std::string& key) {
    return fmt::format("otpauth://totp/Countersign:{}?secret={}&issuer=Countersign",
                       formats::percent_encode(user_name), key);
}

}  // namespace

http::Response SignIn::app_form(int status, Seen& seen, std::string_view wrong) {
    const BrowserSession& session = *seen.session;
    const std::string key = formats::base32(session.app_seed->reveal());
    const auto picture = iam::qr_code_png(otpauth_uri(session.user_name, key));
    const std::string image =
        picture ? fmt::format(
                      "<img class=\"qr\" width=\"220\" height=\"220\" alt=\"The key below as a picture for "
                      "your app\" src=\"data:image/png;base64,{}\">\n",
                      formats::base64(*picture))
                : std::string();
    return page(
        status, "Register an authenticator app",
        fmt::format(
            "<p>Let your app read the picture, or type the key into it; then type the code that it "
            "shows. From then on signing in asks for a code.</p>\n{}<p>Key: "
            "<code>{}</code></p>\n{}<form method=\"post\" action=\"/console/signin/app\">\n{}{}</form>\n",
            image, escaped(key), notice(wrong),
            text_field("code", "Code", "inputmode=\"numeric\" autocomplete=\"one-time-code\" autofocus"),
            button("do", "app", "Register")));
}

http::Response SignIn::show_app(Seen& seen) {
    if (seen.signed_in() == nullptr) return see_other("/start");
    const auto present = ic::has_app(deps_.store, seen.session->user);
    if (!present) return failure_page(present.error());
    if (*present)
        return page(200, "Authenticator app",
                    "<p>You have one already. An administrator can take it away: <code>countersign directory "
                    "reset-password USER --forget-app</code>.</p>\n<p><a href=\"/start\">Back</a></p>\n");
    if (!seen.session->app_seed) {
        seen.session->app_seed = ic::new_app_seed(deps_.random);
        sessions_.put(seen.cookie, *seen.session);
    }
    return app_form(200, seen, "");
}

http::Response SignIn::take_app(Seen& seen) {
    if (seen.signed_in() == nullptr || !seen.session->app_seed) return see_other("/start");
    const BrowserSession& session = *seen.session;
    const auto done = ic::register_app(credentials(), session.user, *session.app_seed,
                                       std::string(without_wrapping(seen.visit["code"])), seen.now);
    if (!done && done.error().fault == Fault::denied) return app_form(403, seen, done.error().message);
    if (!done) return failure_page(done.error());
    tell(seen, ic::identity_store_of(session.user),
         {"CompleteVirtualMfaDeviceRegistration", session.user_name, true, ""});
    BrowserSession renewed = session;
    renewed.app_seed.reset();
    renewed.mfa_time = seen.now;
    sessions_.put(seen.cookie, std::move(renewed));
    return page(200, "Your app is registered",
                "<p>From now on signing in asks for its code.</p>\n<p><a href=\"/start\">Go on</a></p>\n");
}

}  // namespace countersign::console
