#include "gateway/query_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::gateway {

namespace {

constexpr std::size_t shown_bytes_max =
    1024;  // of a value in a message; a policy may be a hundred times that
constexpr std::size_t shown_broken_max = 20;

std::string quoted(std::string_view value) {
    if (!is_utf8(value)) return "Value";
    std::size_t end = std::min(value.size(), shown_bytes_max);
    while (end < value.size() && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
    return "Value '" + std::string(value.substr(0, end)) + '\'';
}

std::string shown(std::string_view value, const FieldRules& rules) {
    return rules.sensitive ? "Value" : quoted(value);
}

template <class Number>
std::optional<Number> parse_signed(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

void Complaints::missing(const FieldPlace& place) {
    if (wording_ == Wording::iam) return broken(place, "Value null", "Member must not be null");
    if (!refusal_)
        refusal_ = Error{Fault::invalid, "The request must contain the parameter " + place.name + '.',
                         "MissingParameter"};
}

void Complaints::blank(const FieldPlace& place) {
    if (!refusal_)
        refusal_ =
            Error{Fault::invalid, "The parameter " + place.name + " must be provided and must not be blank.",
                  "InvalidParameterValue"};
}

void Complaints::unreadable(const FieldPlace& place, std::string_view shown_value, std::string_view wanted) {
    if (wording_ == Wording::iam) return broken(place, shown_value, "Member must be " + std::string(wanted));
    if (!refusal_)
        refusal_ =
            Error{Fault::invalid,
                  "Invalid value for parameter " + place.name + ": it must be " + std::string(wanted) + '.',
                  "InvalidParameterValue"};
}

void Complaints::broken(const FieldPlace& place, std::string_view shown_value,
                        const std::string& constraint) {
    ++broken_count_;
    if (broken_.size() < shown_broken_max)
        broken_.push_back(std::string(shown_value) + " at '" + place.path +
                          "' failed to satisfy constraint: " + constraint);
}

std::optional<Error> Complaints::error() const {
    if (refusal_ || broken_count_ == 0) return refusal_;
    const std::string_view noun =
        broken_count_ == 1 ? " validation error detected: " : " validation errors detected: ";
    return Error{Fault::invalid, std::to_string(broken_count_) + std::string(noun) + joined(broken_, "; "),
                 "ValidationError"};
}

FieldPlace Fields::place(std::string_view name, bool required) const {
    std::string path(name);
    if (!path.empty()) path.front() = lower(path.substr(0, 1)).front();
    return FieldPlace{prefix_ + std::string(name), path_ + path, required};
}

const std::string* Fields::sent(const FieldPlace& place) {
    const std::string* value = reader_.find(place.name);
    if (value != nullptr && !value->empty()) return value;
    if (place.required) complaints_.missing(place);
    return nullptr;
}

void Fields::check_size(const FieldPlace& place, std::size_t items, const FieldRules& rules) {
    const auto count = static_cast<std::int64_t>(items);
    if (rules.min && count < *rules.min)
        complaints_.broken(place, "Value",
                           "Member must have length greater than or equal to " + std::to_string(*rules.min));
    if (rules.max && count > *rules.max)
        complaints_.broken(place, "Value",
                           "Member must have length less than or equal to " + std::to_string(*rules.max));
}

// An empty text is no text, unless one is required: then it is held against the rules, of which a tag's value
// allows it. A blank that RDS requires has words of its own.
void Fields::value(const FieldPlace& place, std::optional<std::string>& into, const FieldRules& rules) {
    const std::string* text = reader_.find(place.name);
    if (text == nullptr && place.required) complaints_.missing(place);
    if (text == nullptr || (text->empty() && !place.required)) return;
    if (text->empty() && complaints_.wording() == Wording::rds) return complaints_.blank(place);
    const std::string value_shown = shown(*text, rules);
    const auto characters = characters_of(*text);
    if (!characters) return complaints_.unreadable(place, value_shown, "UTF-8");
    into = *text;
    const auto length = static_cast<std::int64_t>(characters->size());
    if (rules.min && length < *rules.min)
        complaints_.broken(place, value_shown,
                           "Member must have length greater than or equal to " + std::to_string(*rules.min));
    if (rules.max && length > *rules.max)
        complaints_.broken(place, value_shown,
                           "Member must have length less than or equal to " + std::to_string(*rules.max));
    if (rules.pattern != nullptr && !matches(*rules.pattern, *characters))
        complaints_.broken(
            place, value_shown,
            "Member must satisfy regular expression pattern: " + std::string(rules.pattern->source));
    if (!rules.values.empty() &&
        std::find(rules.values.begin(), rules.values.end(), *text) == rules.values.end())
        complaints_.broken(
            place, value_shown,
            "Member must satisfy enum value set: [" +
                joined(std::vector<std::string>(rules.values.begin(), rules.values.end()), ", ") + ']');
}

void Fields::value(const FieldPlace& place, std::optional<bool>& into, const FieldRules& rules) {
    const std::string* text = sent(place);
    if (text == nullptr) return;
    const std::string word = lower(*text);
    if (word != "true" && word != "false")
        return complaints_.unreadable(place, shown(*text, rules), "true or false");
    into = word == "true";
}

void Fields::value(const FieldPlace& place, std::optional<std::int64_t>& into, const FieldRules& rules) {
    const std::string* text = sent(place);
    if (text == nullptr) return;
    into = parse_signed<std::int64_t>(*text);
    if (!into) return complaints_.unreadable(place, shown(*text, rules), "a whole number");
    if (rules.min && *into < *rules.min)
        complaints_.broken(place, shown(*text, rules),
                           "Member must have value greater than or equal to " + std::to_string(*rules.min));
    if (rules.max && *into > *rules.max)
        complaints_.broken(place, shown(*text, rules),
                           "Member must have value less than or equal to " + std::to_string(*rules.max));
}

void Fields::value(const FieldPlace& place, std::optional<double>& into, const FieldRules& rules) {
    const std::string* text = sent(place);
    if (text == nullptr) return;
    into = parse_signed<double>(*text);
    if (into && std::isfinite(*into)) return;
    into.reset();
    complaints_.unreadable(place, shown(*text, rules), "a number");
}

void Fields::value(const FieldPlace& place, std::optional<Instant>& into, const FieldRules& rules) {
    const std::string* text = sent(place);
    if (text == nullptr) return;
    into = formats::parse_extended_time(*text);
    if (!into) complaints_.unreadable(place, shown(*text, rules), "a time as ISO 8601 has it");
}

}  // namespace countersign::gateway
