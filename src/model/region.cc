#include "model/region.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace countersign::model {

std::span<const std::string_view> public_regions() {
    using namespace std::string_view_literals;
    static constexpr std::array regions = {
        "af-south-1"sv,     "ap-east-1"sv,      "ap-east-2"sv,      "ap-northeast-1"sv, "ap-northeast-2"sv,
        "ap-northeast-3"sv, "ap-south-1"sv,     "ap-south-2"sv,     "ap-southeast-1"sv, "ap-southeast-2"sv,
        "ap-southeast-3"sv, "ap-southeast-4"sv, "ap-southeast-5"sv, "ap-southeast-6"sv, "ap-southeast-7"sv,
        "ca-central-1"sv,   "ca-west-1"sv,      "eu-central-1"sv,   "eu-central-2"sv,   "eu-north-1"sv,
        "eu-south-1"sv,     "eu-south-2"sv,     "eu-west-1"sv,      "eu-west-2"sv,      "eu-west-3"sv,
        "il-central-1"sv,   "me-central-1"sv,   "me-south-1"sv,     "mx-central-1"sv,   "sa-east-1"sv,
        "us-east-1"sv,      "us-east-2"sv,      "us-west-1"sv,      "us-west-2"sv,      "us-gov-east-1"sv,
        "us-gov-west-1"sv,  "cn-north-1"sv,     "cn-northwest-1"sv,
    };
    return regions;
}

bool is_region(std::string_view text) {
    constexpr std::size_t region_bytes_max = 32;
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const std::vector<std::string_view> words = split(text, '-');
    if (text.size() > region_bytes_max || words.size() < 3 || words.front().size() != 2) return false;
    const auto is_word = [&](std::string_view word) {
        return !word.empty() && std::ranges::all_of(word, is_letter);
    };
    return std::all_of(words.begin(), words.end() - 1, is_word) && !words.back().empty() &&
           std::ranges::all_of(words.back(), is_digit);
}

}  // namespace countersign::model
