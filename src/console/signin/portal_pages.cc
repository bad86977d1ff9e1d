// What a person may use: accounts and roles, with the lines that a terminal needs, and keys of an hour.
#include <fmt/format.h>

#include "console/signin/html.h"
#include "console/signin/signin.h"
#include "formats/iso_time.h"
#include "identity_center/directory.h"
#include "identity_center/start_url.h"

namespace countersign::console {

namespace ic = identity_center;

namespace {

std::string role_rows(const std::vector<sso::AccountRoles>& accounts) {
    std::string rows;
    for (const sso::AccountRoles& account : accounts)
        for (const std::string& role : account.roles)
            rows += fmt::format(
                "<tr><td>{0}{1}</td><td>{2}</td><td><form method=\"post\" action=\"/start/keys\">{3}{4}"
                "<button class=\"second\">Keys for a terminal</button></form></td></tr>\n",
                escaped(account.account),
                account.account_name.empty() ? "" : "<br>" + escaped(account.account_name), escaped(role),
                hidden("account", account.account), hidden("role", role));
    return rows;
}

}  // namespace

http::Response SignIn::portal(Seen& seen) {
    const auto usual = usual_identity_store();
    if (!usual) return failure_page(usual.error());
    const std::string named = ic::identity_store_in(seen.request.path()).value_or("");
    std::string store = named.empty() ? *usual : named;
    if (named.empty() && seen.signed_in() != nullptr) store = ic::identity_store_of(seen.session->user);
    if (store.empty())
        return failure_page({Fault::not_found,
                             "Nobody can sign in here yet. An administrator begins with: "
                             "countersign directory create"});
    const BrowserSession* const person = person_of(seen, store);
    if (person == nullptr) return to_sign_in(store, std::string(ic::start_path) + store);
    const auto accounts = sso::account_roles(deps_.store, person->user);
    if (!accounts) return failure_page(accounts.error());
    const std::string start = ic::start_url(seen.site.url, store);
    const std::string table =
        accounts->empty()
            ? "<p>Nobody has given you a role yet. Ask your administrator.</p>\n"
            : "<table><thead><tr><th>Account</th><th>Role</th><th></th></tr></thead>\n<tbody>\n" +
                  role_rows(*accounts) + "</tbody></table>\n";
    return page(
        200, "What you may use",
        fmt::format(
            "<p>You are <strong>{}</strong>.</p>\n{}<h2>In a terminal</h2>\n<pre>countersign login "
            "--start-url {}</pre>\n<p>or <code>aws configure sso</code> with the start URL "
            "<code>{}</code>.</p>\n<h2>Your sign-in</h2>\n<p><a href=\"/console/signin/app\">Register "
            "an authenticator app</a> · <a href=\"/console/signin/password?to=/start\">Change the "
            "password</a></p>\n<form method=\"post\" action=\"/console/signout\"><button "
            "class=\"second\">Sign out</button></form>\n",
            escaped(person->user_name), table, escaped(start), escaped(start)));
}

http::Response SignIn::role_keys(Seen& seen) {
    const BrowserSession* const person = seen.signed_in();
    if (person == nullptr) return see_other("/start");
    const auto made =
        sso::role_credentials(deps_.store, deps_.begin, {person->user, person->standing, person->mfa_time},
                              seen.visit["account"], seen.visit["role"], seen.now);
    if (!made) return failure_page(made.error());
    tell(seen, ic::identity_store_of(person->user),
         {"GetRoleCredentials", person->user_name, person->mfa_time.has_value(), "", seen.visit["account"]});
    return page(
        200, "Keys for a terminal",
        fmt::format(
            "<p>Good until {}. Whoever has them is you until then.</p>\n<pre>export "
            "AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\nexport AWS_SESSION_TOKEN={}\nexport "
            "AWS_ENDPOINT_URL={}</pre>\n<p><a href=\"/start\">Back</a></p>\n",
            formats::second_time(made->expires), escaped(made->access_key_id),
            escaped(made->secret_access_key.reveal()), escaped(made->session_token), escaped(seen.site.url)));
}

}  // namespace countersign::console
