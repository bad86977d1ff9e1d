#include "console/signin/html.h"

#include <fmt/format.h>

namespace countersign::console {

namespace {

constexpr std::string_view style =
    R"(:root { color-scheme: light dark; --accent: #0972d3; --line: #8c8c94; --bad: #d91515 }
@media (prefers-color-scheme: dark) { :root { --accent: #89bdee; --bad: #ff7a7a } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1rem }
main { max-width: 30rem; margin: 8vh auto 2rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
.name { font-weight: 700; letter-spacing: .02em }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input { font: inherit; width: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .4rem }
button { font: inherit; font-weight: 600; padding: .5rem 1.25rem; margin: 1.25rem .5rem 0 0; min-height: 2.5rem;
  border: 2px solid var(--accent); border-radius: 1.25rem; background: var(--accent); color: Canvas; cursor: pointer }
button.second { background: transparent; color: var(--accent) }
a.second { display: inline-block; padding: .45rem 1.25rem; border: 2px solid var(--accent); border-radius: 1.25rem;
  font-weight: 600; text-decoration: none }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
a { color: var(--accent) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0 }
dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
.notice { border-left: .3rem solid var(--bad); padding: .5rem .75rem; margin: 0 0 1rem }
.code { font: 700 1.75rem/1.2 ui-monospace, monospace; letter-spacing: .1em }
code, pre { font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere }
pre { padding: .75rem; border: 1px solid var(--line); border-radius: .4rem; white-space: pre-wrap }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .5rem; border-bottom: 1px solid var(--line) }
td button { margin: 0; padding: .25rem .75rem }
@media (max-width: 30rem) { thead { display: none } tr { display: block; padding: .75rem 0; border-bottom: 1px solid var(--line) }
  td { display: block; border: 0; padding: .15rem 0 } }
img.qr { display: block; background: #fff; padding: .5rem; border-radius: .4rem }
)";

http::Response with_headers(int status, std::string_view type, std::string body,
                            std::string_view form_target) {
    const std::string policy = fmt::format(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action "
        "'self'{}{}; frame-ancestors 'none'",
        form_target.empty() ? "" : " ", form_target);
    return {status,
            {{"Content-Type", std::string(type)},
             {"Content-Security-Policy", policy},
             {"Cache-Control", "no-store"},
             {"Referrer-Policy", "same-origin"},
             {"X-Content-Type-Options", "nosniff"},
             {"Cross-Origin-Opener-Policy", "same-origin"}},
            std::move(body)};
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            case '\'':
                safe += "&#39;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

http::Response page(int status, std::string_view title, std::string_view body, std::string_view form_target) {
    return with_headers(
        status, "text/html; charset=utf-8",
        fmt::format(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            "content=\"width=device-width, initial-scale=1\">\n<title>{0} · Countersign</title>\n<link "
            "rel=\"stylesheet\" href=\"{1}\">\n</head>\n<body>\n<main>\n<p class=\"name\">Countersign</p>\n"
            "<h1>{0}</h1>\n{2}\n</main>\n</body>\n</html>\n",
            escaped(title), style_path, body),
        form_target);
}

http::Response style_sheet() {
    return with_headers(200, "text/css; charset=utf-8", std::string(style), {});
}

http::Response see_other(std::string_view where) {
    http::Response response = with_headers(303, "text/plain", "", {});
    response.headers.emplace_back("Location", std::string(where));
    return response;
}

std::string hidden(std::string_view name, std::string_view value) {
    return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escaped(name), escaped(value));
}

std::string text_field(std::string_view name, std::string_view label, std::string_view attributes) {
    return fmt::format("<label for=\"{0}\">{1}</label>\n<input id=\"{0}\" name=\"{0}\" required {2}>\n",
                       escaped(name), escaped(label), attributes);
}

std::string button(std::string_view name, std::string_view value, std::string_view label,
                   std::string_view kind) {
    return fmt::format("<button name=\"{}\" value=\"{}\" class=\"{}\">{}</button>\n", escaped(name),
                       escaped(value), escaped(kind), escaped(label));
}

std::string notice(std::string_view text) {
    if (text.empty()) return {};
    return fmt::format("<p class=\"notice\" role=\"alert\">{}</p>\n", escaped(text));
}

}  // namespace countersign::console
