#include "federation/claims.h"

namespace countersign::federation {

namespace json = formats::json;

namespace {

constexpr double seconds_max = 253'402'300'799.0;  // the end of the year 9999

std::optional<double> number_of(const json::value* value) {
    if (!value || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

}  // namespace

std::optional<std::string_view> text_member(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::vector<std::string>> texts_of(const json::value* value) {
    if (!value) return std::nullopt;
    if (value->is_string()) return std::vector<std::string>{std::string(value->get_string())};
    if (!value->is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (const json::value& element : value->get_array()) {
        if (!element.is_string()) return std::nullopt;
        texts.emplace_back(element.get_string());
    }
    return texts;
}

std::optional<Instant> time_member(const json::object& object, std::string_view name) {
    const auto seconds = number_of(object.if_contains(name));
    if (!seconds || !(*seconds >= 0) || *seconds > seconds_max) return std::nullopt;
    return Instant(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
}

}  // namespace countersign::federation
