// How each family of condition operators reads a value of the document and compares one of the request with
// it.
#pragma once

#include <string>
#include <string_view>

#include "policy/conditions.h"

namespace countersign::policy {

Operand compile_string(std::string_view text, bool variables);
Operand compile_string_ignoring_case(std::string_view text, bool variables);
Operand compile_glob(std::string_view text, bool variables);
bool match_pattern(const Operand& operand, const std::string& value, const Context& context);

Operand compile_arn(std::string_view text, bool variables);
bool match_arn(const Operand& operand, const std::string& value, const Context& context);

Operand compile_binary(std::string_view text, bool variables);
bool match_binary(const Operand& operand, const std::string& value, const Context& context);

Operand compile_bool(std::string_view text, bool variables);
bool match_bool(const Operand& operand, const std::string& value, const Context& context);

Operand compile_network(std::string_view text, bool variables);
bool match_network(const Operand& operand, const std::string& value, const Context& context);

Operand compile_date(std::string_view text, bool variables);
template <class Order>
bool match_date(const Operand& operand, const std::string& value, const Context&) {
    const std::int64_t* wanted = std::get_if<std::int64_t>(&operand);
    const auto moment = parse_moment(value);
    return wanted != nullptr && moment && Order()(*moment, *wanted);
}

Operand compile_number(std::string_view text, bool variables);
template <class Order>
bool match_number(const Operand& operand, const std::string& value, const Context&) {
    const NumberValue* wanted = std::get_if<NumberValue>(&operand);
    const auto number = parse_decimal(value);
    return wanted != nullptr && number && Order()(compare(*number, wanted->decimal()), 0);
}

}  // namespace countersign::policy
