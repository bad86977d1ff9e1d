#include "services/sso_admin/duration.h"

#include <array>

#include "base/text.h"

namespace countersign::sso_admin {

namespace {

struct Unit {
    char letter;
    std::int64_t seconds;
};

// Takes NUMBER and a letter for each of the units that are there, in their order.
template <std::size_t Count>
bool take(std::string_view& text, const std::array<Unit, Count>& units, std::int64_t& sum) {
    constexpr std::size_t digits_max = 6;
    for (const Unit& unit : units) {
        const std::size_t digits = text.find_first_not_of("0123456789");
        if (digits == std::string_view::npos || text[digits] != unit.letter) continue;
        const auto number =
            digits <= digits_max ? parse_number<std::uint32_t>(text.substr(0, digits)) : std::nullopt;
        if (!number) return false;
        sum += static_cast<std::int64_t>(*number) * unit.seconds;
        text.remove_prefix(digits + 1);
    }
    return true;
}

}  // namespace

std::optional<std::chrono::seconds> read_duration(std::string_view text) {
    constexpr std::array<Unit, 1> days{{{'D', 86400}}};
    constexpr std::array<Unit, 3> times{{{'H', 3600}, {'M', 60}, {'S', 1}}};
    if (!text.starts_with('P') || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t sum = 0;
    if (!take(text, days, sum)) return std::nullopt;
    if (text.empty()) return std::chrono::seconds(sum);
    if (!text.starts_with('T') || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
    if (!take(text, times, sum) || !text.empty()) return std::nullopt;
    return std::chrono::seconds(sum);
}

std::string duration_text(std::chrono::seconds duration) {
    const auto all = duration.count();
    std::string text = "PT";
    if (all / 3600 > 0) text += std::to_string(all / 3600) + 'H';
    if (all % 3600 / 60 > 0) text += std::to_string(all % 3600 / 60) + 'M';
    if (all % 60 > 0 || all == 0) text += std::to_string(all % 60) + 'S';
    return text;
}

}  // namespace countersign::sso_admin
