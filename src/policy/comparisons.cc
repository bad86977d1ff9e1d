#include "policy/comparisons.h"

#include "formats/encoding.h"

namespace countersign::policy {

namespace {

std::optional<bool> truth_of(std::string_view text) {
    if (same(text, "true", Case::ignored)) return true;
    if (same(text, "false", Case::ignored)) return false;
    return std::nullopt;
}

}  // namespace

Operand compile_string(std::string_view text, bool variables) {
    return Pattern(text, {.variables = variables, .wildcards = false}, Case::exact);
}

Operand compile_string_ignoring_case(std::string_view text, bool variables) {
    return Pattern(text, {.variables = variables, .wildcards = false}, Case::ignored);
}

Operand compile_glob(std::string_view text, bool variables) {
    return Pattern(text, {.variables = variables, .wildcards = true}, Case::exact);
}

bool match_pattern(const Operand& operand, const std::string& value, const Context& context) {
    const Pattern* pattern = std::get_if<Pattern>(&operand);
    return pattern != nullptr && pattern->matches(value, context);
}

Operand compile_arn(std::string_view text, bool variables) {
    return ArnPattern(text, variables, ArnPattern::Short::no_match);
}

bool match_arn(const Operand& operand, const std::string& value, const Context& context) {
    const ArnPattern* pattern = std::get_if<ArnPattern>(&operand);
    return pattern != nullptr && pattern->matches(ArnText(value), context);
}

Operand compile_binary(std::string_view text, bool) {
    auto bytes = formats::from_base64(text);
    if (!bytes) return {};
    return BinaryValue{std::string(text), *std::move(bytes)};
}

// The request's value is the bytes themselves, or their base64 where a caller can only send text.
bool match_binary(const Operand& operand, const std::string& value, const Context&) {
    const BinaryValue* wanted = std::get_if<BinaryValue>(&operand);
    return wanted != nullptr && (value == wanted->bytes || value == wanted->base64);
}

Operand compile_bool(std::string_view text, bool) {
    const auto truth = truth_of(text);
    return truth ? Operand(*truth) : Operand();
}

bool match_bool(const Operand& operand, const std::string& value, const Context&) {
    const bool* wanted = std::get_if<bool>(&operand);
    return wanted != nullptr && truth_of(value) == *wanted;
}

Operand compile_network(std::string_view text, bool) {
    const auto network = parse_network(text);
    return network ? Operand(*network) : Operand();
}

bool match_network(const Operand& operand, const std::string& value, const Context&) {
    const Network* wanted = std::get_if<Network>(&operand);
    const auto address = parse_network(value);
    return wanted != nullptr && address && contains(*wanted, *address);
}

Operand compile_date(std::string_view text, bool) {
    const auto moment = parse_moment(text);
    return moment ? Operand(*moment) : Operand();
}

Operand compile_number(std::string_view text, bool) {
    const auto number = parse_decimal(text);
    if (!number) return {};
    return NumberValue{number->negative, std::string(number->whole), std::string(number->fraction)};
}

}  // namespace countersign::policy
