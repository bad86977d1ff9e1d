#include "policy/arn_pattern.h"

#include <algorithm>

namespace countersign::policy {

namespace {

constexpr std::size_t field_count = 6;

// Where the next colon is that stands outside ${…}. An unclosed ${ is text like any other, and so are those
// after it.
std::size_t colon_outside(std::string_view text) {
    std::size_t at = 0;
    bool may_close = true;
    while (at < text.size() && text[at] != ':') {
        std::size_t closing = std::string_view::npos;
        if (may_close && text.substr(at).starts_with("${")) {
            closing = text.find('}', at);
            may_close = closing != std::string_view::npos;
        }
        at = closing == std::string_view::npos ? at + 1 : closing + 1;
    }
    return at;
}

std::vector<std::string_view> fields_of(std::string_view text) {
    std::vector<std::string_view> fields;
    while (fields.size() + 1 < field_count) {
        const std::size_t colon = colon_outside(text);
        fields.push_back(text.substr(0, colon));
        if (colon == text.size()) return fields;
        text.remove_prefix(colon + 1);
    }
    fields.push_back(text);
    return fields;
}

}  // namespace

ArnText::ArnText(std::string_view text) : whole(text) {
    if (!text.starts_with("arn:")) return;
    ArnFields parts;
    std::size_t field = 0;
    std::size_t begin = 0;
    for (; field + 1 < field_count; ++field) {
        const std::size_t colon = text.find(':', begin);
        if (colon == text.npos) return;
        parts[field] = text.substr(begin, colon - begin);
        begin = colon + 1;
    }
    parts.back() = text.substr(begin);
    fields = parts;
}

ArnPattern::ArnPattern(std::string_view text, bool variables, Short handling) {
    const Syntax syntax{.variables = variables, .wildcards = true};
    std::vector<std::string_view> fields = fields_of(text);
    if (fields.front() != "arn") fields = {text};
    while (fields.size() > 1 && fields.size() < field_count && handling == Short::completed)
        fields.emplace_back("*");
    for (const std::string_view field : fields) fields_.emplace_back(field, syntax, Case::exact);
}

bool ArnPattern::has_variables() const {
    return std::ranges::any_of(fields_, &Pattern::has_variables);
}

bool ArnPattern::matches(const ArnText& arn, const Context& context) const {
    if (fields_.size() == 1) return fields_.front().matches(arn.whole, context);
    if (!arn.fields || fields_.size() != field_count) return false;
    // From the last field on: it is the one that differs most often.
    for (std::size_t field = field_count; field-- > 0;)
        if (!fields_[field].matches((*arn.fields)[field], context)) return false;
    return true;
}

std::optional<std::string_view> ArnPattern::literal_last_field() const {
    if (fields_.size() != field_count || !fields_.back().is_literal()) return std::nullopt;
    return fields_.back().literal_start();
}

bool has_early_variable(std::string_view arn) {
    std::vector<std::string_view> fields = fields_of(arn);
    if (fields.size() == field_count) fields.pop_back();
    return std::ranges::any_of(fields, [](std::string_view field) { return field.find("${") != field.npos; });
}

}  // namespace countersign::policy
