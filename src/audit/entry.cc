#include "audit/entry.h"

#include <algorithm>
#include <array>
#include <boost/mp11.hpp>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace countersign::audit {

namespace {

constexpr std::array<std::string_view, 3> longer_texts{"principal_arn", "reason", "policy"};

void make_recordable(std::string_view member, std::string& text) {
    const bool is_longer = std::ranges::find(longer_texts, member) != longer_texts.end();
    text = printable(text, is_longer ? limits::recorded_text_bytes_max : limits::recorded_name_bytes_max);
}

void make_recordable(std::string_view, std::int64_t) {}
void make_recordable(std::string_view, Decision) {}

}  // namespace

std::string_view name_of(Decision decision) {
    return boost::describe::enum_to_string(decision, "unknown");
}

LoginEntry recordable(LoginEntry entry) {
    // The trail is JSON and stays so: what is too long is left out as a whole.
    std::string trail = visible_json(std::exchange(entry.trail, {}));
    using Members = boost::describe::describe_members<LoginEntry, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>(
        [&](auto member) { make_recordable(member.name, entry.*member.pointer); });
    if (trail.size() <= limits::recorded_trail_bytes_max) entry.trail = std::move(trail);
    return entry;
}

}  // namespace countersign::audit
