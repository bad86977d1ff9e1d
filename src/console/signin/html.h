// Pages for people as this server writes them: no script, no style but its own, nothing from elsewhere. Every
// text that is put into a page goes through escaped(). Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace countersign::console {

inline constexpr std::string_view style_path = "/console/signin/style.css";

// For text between tags and in quoted attributes.
std::string escaped(std::string_view text);

// A whole page with the headers that keep it to itself. `form_target` is a further place that its forms may
// lead to, an origin; empty: none but this server.
http::Response page(int status, std::string_view title, std::string_view body,
                    std::string_view form_target = {});
http::Response style_sheet();
// 303: the browser asks for that path with GET.
http::Response see_other(std::string_view where);

// Parts of forms.
std::string hidden(std::string_view name, std::string_view value);
std::string text_field(std::string_view name, std::string_view label, std::string_view attributes);
std::string button(std::string_view name, std::string_view value, std::string_view label,
                   std::string_view kind = "");
// What went wrong, before a form; nothing for no text.
std::string notice(std::string_view text);

}  // namespace countersign::console
