#include "databases/engines/local/log_time.h"

#include <string>

#include "formats/iso_time.h"

namespace countersign::databases::local {

namespace {

constexpr std::string_view form = "0000-00-00 00:00:00.000 UTC";

bool fits(char c, char in_form) {
    return in_form == '0' ? c >= '0' && c <= '9' : c == in_form;
}

}  // namespace

bool ends_with_log_time(std::string_view text) {
    if (text.size() < form.size()) return false;
    text.remove_prefix(text.size() - form.size());
    for (std::size_t i = 0; i < form.size(); ++i)
        if (!fits(text[i], form[i])) return false;
    return true;
}

Instant log_time_at_end(std::string_view text) {
    if (!ends_with_log_time(text)) return {};
    std::string time(text.substr(text.size() - form.size(), form.find(" UTC")));
    time[form.find(' ')] = 'T';
    return formats::parse_extended_time(time + 'Z').value_or(Instant());
}

}  // namespace countersign::databases::local
