// Conditions of a statement: OPERATOR { KEY: VALUES }, compiled once.
// Source: IAM User Guide, "Condition operators", "Set operators for multi-valued context keys".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/arn_pattern.h"
#include "policy/values.h"

namespace countersign::policy {

struct BinaryValue {
    std::string base64;
    std::string bytes;
};

// A decimal number that owns its digits.
struct NumberValue {
    bool negative = false;
    std::string whole;
    std::string fraction;

    Decimal decimal() const { return {negative, whole, fraction}; }
};

// A value of the document, ready to be compared. One that the operator cannot read holds nothing and matches
// nothing.
using Operand =
    std::variant<std::monostate, Pattern, ArnPattern, NumberValue, std::int64_t, bool, Network, BinaryValue>;

struct Operator;  // a row of the table in conditions.cc

// ForAllValues: and ForAnyValue:, or neither.
enum class Quantifier { none, all, any };

struct OperatorUse {
    const Operator* row = nullptr;
    Quantifier quantifier = Quantifier::none;
    bool if_exists = false;
};

// Nothing for a name that is no operator.
std::optional<OperatorUse> find_operator(std::string_view name);
bool compares_dates(const OperatorUse& use);
std::string name_of(const OperatorUse& use);  // "ForAnyValue:StringLikeIfExists"

class Condition {
public:
    Condition(OperatorUse use, std::string_view key, const std::vector<std::string>& values, bool variables);

    bool holds(const Context& context) const;

private:
    bool holds_without_value() const;
    bool one_matches(const std::string& value, const Context& context) const;

    OperatorUse use_;
    std::string key_;  // lower case
    std::vector<Operand> operands_;
};

}  // namespace countersign::policy
