#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "policy/check/report.h"
#include "policy/conditions.h"
#include "policy/values.h"

namespace countersign::policy {

namespace {

using NodeKind = JsonNode::Kind;

constexpr std::string_view set_prefix_end = ":";
constexpr std::string_view if_exists = "IfExists";

// "NumericEquals" of "ForAnyValue:NumericEqualsIfExists".
std::string_view bare_operator(std::string_view name) {
    if (const std::size_t colon = name.find(set_prefix_end); colon != name.npos)
        name.remove_prefix(colon + 1);
    if (name.ends_with(if_exists)) name.remove_suffix(if_exists.size());
    return name;
}

bool is_truth(std::string_view value) {
    const std::string word = lower(value);
    return word == "true" || word == "false";
}

bool is_number(std::string_view value) {
    return parse_decimal(value).has_value();
}

bool is_date(std::string_view value) {
    return parse_moment(value).has_value();
}

bool is_range(std::string_view value) {
    return parse_network(value).has_value();
}

// What the values of operators must be that compare other things than texts.
struct ValueRule {
    std::string_view start;  // of the operators' names
    bool (*fits)(std::string_view value);
    const FindingKind& kind;
};
const std::array<ValueRule, 6> value_rules{{
    {"Bool", is_truth, finding_kinds::type_mismatch_boolean},
    {"Null", is_truth, finding_kinds::type_mismatch_boolean},
    {"Numeric", is_number, finding_kinds::type_mismatch_number},
    {"Date", is_date, finding_kinds::type_mismatch_date},
    {"IpAddress", is_range, finding_kinds::type_mismatch_ip_range},
    {"NotIpAddress", is_range, finding_kinds::type_mismatch_ip_range},
}};

void check_value(const Placed& value, std::string_view name, std::string_view bare, bool variables,
                 Report& report) {
    if (value.node.is(NodeKind::object) || value.node.is(NodeKind::array) || value.node.is(NodeKind::null))
        return report.add(finding_kinds::data_type_mismatch, value.here(), "String");
    const std::string& text = value.node.text;
    const bool variable = text.find("${") != text.npos;
    if (variable && !variables)
        return report.add(finding_kinds::variable_unsupported_in_version, value.here());
    const auto rule = std::ranges::find_if(
        value_rules, [&](const ValueRule& each) { return bare.starts_with(each.start); });
    if (rule != value_rules.end()) {
        if (!variable && !rule->fits(text)) report.add(rule->kind, value.here(), name);
    } else if ((bare == "StringEquals" || bare == "StringNotEquals") &&
               text.find_first_of("*?") != text.npos && !variable) {
        report.add(finding_kinds::wildcard_without_like_operator, value.here());
    }
}

void check_keys(const Placed& keys, std::string_view name, bool variables, Report& report) {
    std::set<std::string> seen;
    for (const JsonMember& key : keys.node.members) {
        const std::size_t colon = key.key.find(':');
        if (colon == key.key.npos || colon == 0 || colon + 1 == key.key.size())
            report.add(finding_kinds::invalid_condition_key_format, keys.key_of(key));
        if (!seen.insert(lower(key.key)).second)
            report.add(finding_kinds::duplicate_keys_with_different_case, keys.key_of(key),
                       printable(key.key));
        for (const Placed& value : keys.in(key).each())
            check_value(value, name, bare_operator(name), variables, report);
    }
}

// Whether the operator can be looked at further.
bool check_operator(const Placed& condition, const JsonMember& entry, Report& report) {
    const std::string_view name = entry.key;
    if (bare_operator(name) == "Null" && name != "Null") {
        report.add(name.ends_with(if_exists) ? finding_kinds::null_with_if_exists
                                             : finding_kinds::null_with_qualifier,
                   condition.key_of(entry));
        return true;
    }
    if (find_operator(name)) return true;
    report.add(finding_kinds::invalid_condition_operator, condition.key_of(entry), printable(name));
    return false;
}

}  // namespace

void check_condition(const Placed& condition, bool variables, Report& report) {
    if (!condition.node.is(NodeKind::object))
        return report.add(finding_kinds::data_type_mismatch, condition.here(), "Object");
    if (condition.node.members.empty()) report.add(finding_kinds::empty_object_condition, condition.here());
    for (const JsonMember& entry : condition.node.members) {
        const Placed keys = condition.in(entry);
        if (!keys.node.is(NodeKind::object)) {
            report.add(finding_kinds::data_type_mismatch, keys.here(), "Object");
        } else if (keys.node.members.empty()) {
            report.add(finding_kinds::empty_object_condition, keys.here());
        } else if (check_operator(condition, entry, report)) {
            check_keys(keys, entry.key, variables, report);
        }
    }
}

}  // namespace countersign::policy
