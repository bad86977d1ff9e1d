#include "policy/conditions.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"
#include "policy/comparisons.h"

namespace countersign::policy {

using Compile = Operand (*)(std::string_view text, bool variables);
using MatchFunction = bool (*)(const Operand& operand, const std::string& value, const Context& context);

// The negated operators are the opposite of the positive ones; they hold where the key is missing.
struct Operator {
    std::string_view name;
    Compile compile;
    MatchFunction match;
    bool negated = false;
};

namespace {

constexpr std::array operators{
    Operator{"ArnEquals", compile_arn, match_arn},
    Operator{"ArnLike", compile_arn, match_arn},
    Operator{"ArnNotEquals", compile_arn, match_arn, true},
    Operator{"ArnNotLike", compile_arn, match_arn, true},
    Operator{"BinaryEquals", compile_binary, match_binary},
    Operator{"Bool", compile_bool, match_bool},
    Operator{"DateEquals", compile_date, match_date<std::equal_to<>>},
    Operator{"DateGreaterThan", compile_date, match_date<std::greater<>>},
    Operator{"DateGreaterThanEquals", compile_date, match_date<std::greater_equal<>>},
    Operator{"DateLessThan", compile_date, match_date<std::less<>>},
    Operator{"DateLessThanEquals", compile_date, match_date<std::less_equal<>>},
    Operator{"DateNotEquals", compile_date, match_date<std::equal_to<>>, true},
    Operator{"IpAddress", compile_network, match_network},
    Operator{"NotIpAddress", compile_network, match_network, true},
    Operator{"Null", compile_bool, nullptr},
    Operator{"NumericEquals", compile_number, match_number<std::equal_to<>>},
    Operator{"NumericGreaterThan", compile_number, match_number<std::greater<>>},
    Operator{"NumericGreaterThanEquals", compile_number, match_number<std::greater_equal<>>},
    Operator{"NumericLessThan", compile_number, match_number<std::less<>>},
    Operator{"NumericLessThanEquals", compile_number, match_number<std::less_equal<>>},
    Operator{"NumericNotEquals", compile_number, match_number<std::equal_to<>>, true},
    Operator{"StringEquals", compile_string, match_pattern},
    Operator{"StringEqualsIgnoreCase", compile_string_ignoring_case, match_pattern},
    Operator{"StringLike", compile_glob, match_pattern},
    Operator{"StringNotEquals", compile_string, match_pattern, true},
    Operator{"StringNotEqualsIgnoreCase", compile_string_ignoring_case, match_pattern, true},
    Operator{"StringNotLike", compile_glob, match_pattern, true},
};
static_assert(std::ranges::is_sorted(operators, {}, &Operator::name), "found by binary search");

constexpr std::string_view for_all = "ForAllValues:";
constexpr std::string_view for_any = "ForAnyValue:";
constexpr std::string_view if_exists_suffix = "IfExists";

// Null asks only whether the key is there, so it has no way to compare a value.
bool asks_for_presence(const Operator& row) {
    return row.match == nullptr;
}

// No value at all, or a single empty one, is what IAM calls a null data set.
bool is_null_set(const std::vector<std::string>& values) {
    return values.empty() || (values.size() == 1 && values.front().empty());
}

Quantifier take_quantifier(std::string_view& name) {
    if (name.starts_with(for_all)) return name.remove_prefix(for_all.size()), Quantifier::all;
    if (name.starts_with(for_any)) return name.remove_prefix(for_any.size()), Quantifier::any;
    return Quantifier::none;
}

}  // namespace

std::optional<OperatorUse> find_operator(std::string_view name) {
    OperatorUse use;
    use.quantifier = take_quantifier(name);
    use.if_exists = name.ends_with(if_exists_suffix);
    if (use.if_exists) name.remove_suffix(if_exists_suffix.size());
    const auto row = std::ranges::lower_bound(operators, name, {}, &Operator::name);
    if (row == operators.end() || row->name != name) return std::nullopt;
    if (asks_for_presence(*row) && (use.if_exists || use.quantifier != Quantifier::none)) return std::nullopt;
    use.row = &*row;
    return use;
}

bool compares_dates(const OperatorUse& use) {
    return use.row->compile == compile_date;
}

std::string name_of(const OperatorUse& use) {
    std::string name;
    if (use.quantifier != Quantifier::none) name = use.quantifier == Quantifier::all ? for_all : for_any;
    name += use.row->name;
    if (use.if_exists) name += if_exists_suffix;
    return name;
}

Condition::Condition(OperatorUse use, std::string_view key, const std::vector<std::string>& values,
                     bool variables)
    : use_(use), key_(lower(key)) {
    operands_.reserve(values.size());
    for (const std::string& value : values) operands_.push_back(use_.row->compile(value, variables));
}

// Whether one value of the request fits: equals one of the document's, or for a negated operator none of
// them.
bool Condition::one_matches(const std::string& value, const Context& context) const {
    const bool found = std::ranges::any_of(
        operands_, [&](const Operand& operand) { return use_.row->match(operand, value, context); });
    return found != use_.row->negated;
}

bool Condition::holds_without_value() const {
    if (use_.if_exists) return true;
    if (use_.quantifier != Quantifier::none) return use_.quantifier == Quantifier::all;
    return use_.row->negated;
}

bool Condition::holds(const Context& context) const {
    const auto found = context.find(key_);
    const bool missing = found == context.end() || found->second.empty();
    if (asks_for_presence(*use_.row))
        return std::ranges::any_of(operands_, [missing](const Operand& operand) {
            const bool* wanted = std::get_if<bool>(&operand);
            return wanted != nullptr && *wanted == missing;
        });
    if (missing) return holds_without_value();
    const std::vector<std::string>& values = found->second;
    const auto matches = [&](const std::string& value) { return one_matches(value, context); };
    if (use_.quantifier == Quantifier::all)
        return is_null_set(values) || std::ranges::all_of(values, matches);
    if (use_.quantifier == Quantifier::any) return std::ranges::any_of(values, matches);
    // Without a set operator a negated one must hold for every value, as it denies what the positive one
    // finds.
    return use_.row->negated ? std::ranges::all_of(values, matches) : std::ranges::any_of(values, matches);
}

}  // namespace countersign::policy
