#include "gateway/query_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/wrapping.h"
#include "formats/encoding.h"
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

std::string at_least(std::string_view measure, std::int64_t min) {
    return fmt::format("Member must have {} greater than or equal to {}", measure, min);
}

std::string at_most(std::string_view measure, std::int64_t max) {
    return fmt::format("Member must have {} less than or equal to {}", measure, max);
}

struct Text {
    std::string_view utf8;
    std::u32string_view characters;
};

std::string one_of(std::span<const std::string_view> values, Wording wording) {
    constexpr std::string_view sentence = "Member must satisfy enum value set";
    if (wording == Wording::iam) return std::string(sentence);
    return fmt::format("{}: [{}]", sentence, fmt::join(values, ", "));
}

std::string match(const TextPattern& pattern) {
    return fmt::format("Member must satisfy regular expression pattern: {}", pattern.source);
}

bool is_outside(const TextPattern* pattern, std::u32string_view characters) {
    return pattern != nullptr && !matches(*pattern, characters);
}

// Those constraints that the text breaks, beside its pattern; without a text, all.
std::vector<std::string> constraints(const FieldRules& rules, const std::optional<Text>& text,
                                     Wording wording) {
    std::vector<std::string> found;
    const auto length = static_cast<std::int64_t>(text ? text->characters.size() : 0);
    if (rules.max && (!text || length > *rules.max)) found.push_back(at_most("length", *rules.max));
    if (rules.min && (!text || length < *rules.min)) found.push_back(at_least("length", *rules.min));
    if (rules.pattern != nullptr && !text) found.push_back(match(*rules.pattern));
    if (!rules.values.empty() &&
        (!text || std::find(rules.values.begin(), rules.values.end(), text->utf8) == rules.values.end()))
        found.push_back(one_of(rules.values, wording));
    return found;
}

// IAM's own words for a name or a path with a character that none may have; none for other patterns.
std::string_view sentence_about(const FieldPlace& place, const TextPattern& pattern) {
    if (pattern.source == "[\\w+=,.@-]+")
        return "It must contain only alphanumeric characters and/or the following: +=,.@_-";
    if (place.path == "path")
        return "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    return {};
}

template <class Number>
std::optional<Number> parse_signed(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// ISO 8601, or seconds since 1970, which is what documents in JSON and CBOR hold.
std::optional<Instant> time_of(std::string_view text) {
    if (auto instant = formats::parse_extended_time(text)) return instant;
    constexpr double year_10000 = 253'402'300'800;
    const auto seconds = parse_signed<double>(text);
    if (!seconds || !(*seconds >= 0 && *seconds < year_10000)) return std::nullopt;
    return Instant(std::chrono::milliseconds(std::llround(*seconds * 1000)));
}

}  // namespace

void Complaints::missing(const FieldPlace& place) {
    if (wording_ != Wording::rds) return note(place, "Value null", "Member must not be null");
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
    if (wording_ != Wording::rds) return broken(place, shown_value, "Member must be " + std::string(wanted));
    if (!refusal_)
        refusal_ =
            Error{Fault::invalid,
                  "Invalid value for parameter " + place.name + ": it must be " + std::string(wanted) + '.',
                  "InvalidParameterValue"};
}

void Complaints::broken(const FieldPlace& place, std::string_view shown_value,
                        const std::string& constraint) {
    note(place, wording_ == Wording::iam ? "Value" : shown_value, constraint);
}

void Complaints::note(const FieldPlace& place, std::string_view shown_value, std::string_view constraint) {
    ++broken_count_;
    if (broken_.size() < shown_broken_max)
        broken_.push_back(
            fmt::format("{} at '{}' failed to satisfy constraint: {}", shown_value, place.path, constraint));
}

void Complaints::unmatched(const FieldPlace& place, std::string_view shown_value,
                           const TextPattern& pattern) {
    const std::string_view sentence = wording_ == Wording::iam ? sentence_about(place, pattern) : "";
    if (sentence.empty()) return broken(place, shown_value, match(pattern));
    if (!characters_)
        characters_ = Error{Fault::invalid,
                            fmt::format("The specified value for {} is invalid. {}", place.path, sentence),
                            "ValidationError"};
}

std::optional<Error> Complaints::error() const {
    if (refusal_) return refusal_;
    if (broken_count_ == 0) return characters_;
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

FieldPlace Fields::item_place(const FieldPlace& list, const std::string& name, std::size_t number) {
    return FieldPlace{name, list.path + '.' + std::to_string(number) + ".member", true};
}

void Fields::check_size(const FieldPlace& place, std::size_t size, const FieldRules& rules) {
    const auto length = static_cast<std::int64_t>(size);
    if (rules.min && length < *rules.min) complaints_.broken(place, "Value", at_least("length", *rules.min));
    if (rules.max && length > *rules.max) complaints_.broken(place, "Value", at_most("length", *rules.max));
}

// An empty text is no text, unless one is required: then it is held against the rules, of which a tag's value
// allows it. A blank that RDS requires has words of its own.
std::optional<std::u32string> Fields::characters(const FieldPlace& place, const std::string* text,
                                                 const FieldRules& rules) {
    if (text == nullptr && place.required) complaints_.missing(place);
    if (text == nullptr || (text->empty() && !place.required)) return std::nullopt;
    if (text->empty() && complaints_.wording() == Wording::rds) {
        complaints_.blank(place);
        return std::nullopt;
    }
    auto characters = characters_of(*text);
    if (!characters) complaints_.unreadable(place, shown(*text, rules), "UTF-8");
    return characters;
}

void Fields::value(const FieldPlace& place, std::optional<std::string>& into, const FieldRules& rules) {
    const std::string* text = reader_.find(place.name);
    std::string inside;
    if (text != nullptr && rules.unwrapped) {
        inside = without_wrapping(*text);
        text = &inside;
    }
    const auto read = characters(place, text, rules);
    if (!read) return;
    if (rules.base64) return bytes(place, *text, into, rules);
    into = *text;
    for (const std::string& constraint : constraints(rules, Text{*text, *read}, complaints_.wording()))
        complaints_.broken(place, shown(*text, rules), constraint);
    if (is_outside(rules.pattern, *read)) complaints_.unmatched(place, shown(*text, rules), *rules.pattern);
}

void Fields::bytes(const FieldPlace& place, const std::string& text, std::optional<std::string>& into,
                   const FieldRules& rules) {
    auto decoded = formats::from_base64(text);
    if (!decoded) return complaints_.unreadable(place, shown(text, rules), "base64");
    into = *std::move(decoded);
    check_size(place, into->size(), rules);
}

void Fields::items(const FieldPlace& list, const std::vector<std::string>& names,
                   std::vector<std::string>& into, const FieldRules& rules) {
    bool broken = false;
    std::size_t number = 0;
    for (const std::string& name : names) {
        const std::string* text = reader_.find(name);
        const auto read = characters(item_place(list, name, ++number), text, rules);
        if (!read) continue;
        broken = broken || is_outside(rules.pattern, *read) ||
                 !constraints(rules, Text{*text, *read}, complaints_.wording()).empty();
        into.push_back(*text);
    }
    if (!broken) return;
    complaints_.broken(list, shown('[' + joined(into, ", ") + ']', rules),
                       fmt::format("Member must satisfy constraint: [{}]",
                                   fmt::join(constraints(rules, std::nullopt, complaints_.wording()), ", ")));
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
        complaints_.broken(place, shown(*text, rules), at_least("value", *rules.min));
    if (rules.max && *into > *rules.max)
        complaints_.broken(place, shown(*text, rules), at_most("value", *rules.max));
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
    into = time_of(*text);
    if (!into) complaints_.unreadable(place, shown(*text, rules), "a time as ISO 8601 has it");
}

bool Fields::is_structure(const FieldPlace& place, const FieldRules& rules) {
    if (reader_.has_below(place.name) || reader_.is_sent_empty(place.name)) return true;
    if (const std::string* text = sent(place))
        complaints_.unreadable(place, shown(*text, rules), "a structure");
    return false;
}

void Fields::value(const FieldPlace& place, std::optional<Document>& into, const FieldRules&) {
    Document found = reader_.document(place.name);
    if (reader_.has_null_below(place.name))
        return complaints_.unreadable(place, "null", "a document without it");
    if (!found.parameters.empty())
        into = std::move(found);
    else if (place.required)
        complaints_.missing(place);
}

}  // namespace countersign::gateway
