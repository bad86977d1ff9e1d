#include "console/signin/welcome_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "console/signin/html.h"

namespace countersign::console {

namespace {

bool accepts_html(const http::Request& request) {
    const std::string* const accept = request.header("accept");
    if (accept == nullptr) return false;
    return std::ranges::any_of(split(*accept, ','), [](std::string_view range) {
        return lower(trimmed(range.substr(0, range.find(';')))) == "text/html";
    });
}

}  // namespace

bool asks_for_welcome(const http::Request& request) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    return reads && request.path() == "/" && request.query().empty() &&
           request.header("authorization") == nullptr && accepts_html(request);
}

http::Response welcome_page(const Site& site) {
    return page(
        200, "A server of Countersign",
        fmt::format(
            "<p>At this address programs manage PostgreSQL databases and who may log in to them, by the "
            "interfaces of AWS: RDS, IAM, STS and what belongs to them. A token of 15 minutes is the "
            "password.</p>\n"
            "<h2>You have databases to look after</h2>\n"
            "<p>On the server's own machine, in a shell:</p>\n"
            "<pre>eval \"$(countersign env)\"\naws rds describe-db-instances</pre>\n"
            "<p>From another machine, with an access key that was given to you:</p>\n"
            "<pre>export AWS_ENDPOINT_URL={0}\naws sts get-caller-identity</pre>\n"
            "<h2>You want to log in to a database</h2>\n"
            "<p><a href=\"/start\">Sign in here</a>, or at the address that your administrator gave you; or "
            "run "
            "<code>countersign login</code>. "
            "The <a href=\"/global-bundle.pem\">certificate bundle</a> is for <code>sslrootcert</code>.</p>\n"
            "<p>What the commands do: <code>man countersign</code>.</p>",
            escaped(site.url)));
}

}  // namespace countersign::console
