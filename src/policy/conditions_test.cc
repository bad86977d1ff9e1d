#include "policy/conditions.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

using Texts = std::vector<std::string>;

struct ConditionCase {
    std::string_view name;  // of the operator
    Texts wanted;
    Texts given;  // empty: the key is missing
    bool holds;
};

void expect(const std::vector<ConditionCase>& cases, const Context& others = {}) {
    for (const ConditionCase& each : cases) {
        Context context = others;
        if (!each.given.empty()) context["key"] = each.given;
        const auto use = find_operator(each.name);
        ASSERT_TRUE(use) << each.name;
        EXPECT_EQ(Condition(*use, "Key", each.wanted, true).holds(context), each.holds)
            << each.name << ::testing::PrintToString(each.wanted) << ::testing::PrintToString(each.given);
    }
}

TEST(Conditions, CompareStrings) {
    expect({{"StringEquals", {"a", "b"}, {"b"}, true},
            {"StringEquals", {"a"}, {"A"}, false},
            {"StringEquals", {"*"}, {"a"}, false},
            {"StringEquals", {"${aws:username}"}, {"Al"}, true},
            {"StringEquals", {"${absent}", "x"}, {"x"}, true},
            {"StringEquals", {"${absent}"}, {"${absent}"}, false},
            {"StringNotEquals", {"${absent}"}, {"x"}, true},
            {"StringEqualsIgnoreCase", {"aLICE"}, {"Alice"}, true},
            {"StringNotEqualsIgnoreCase", {"aLICE"}, {"Alice"}, false},
            {"StringLike", {"a*", "x?"}, {"xy"}, true},
            {"StringNotLike", {"a*", "x?"}, {"xy"}, false},
            {"StringLike", {"${aws:username}-*"}, {"Al-1"}, true}},
           {{"aws:username", {"Al"}}});
}

TEST(Conditions, CompareOtherTypes) {
    expect({{"NumericLessThan", {"10"}, {"9.99"}, true},
            {"NumericLessThanEquals", {"10"}, {"10.0"}, true},
            {"NumericGreaterThan", {"10"}, {"9"}, false},
            {"NumericGreaterThanEquals", {"10"}, {"10"}, true},
            {"NumericEquals", {"ten"}, {"ten"}, false},
            {"NumericNotEquals", {"10"}, {"ten"}, true},
            {"DateLessThan", {"2026-01-01T00:00:00Z"}, {"2025-12-31T23:59:59Z"}, true},
            {"DateGreaterThan", {"2026-01-01T00:00:00Z"}, {"yesterday"}, false},
            {"DateEquals", {"1767225600"}, {"2026-01-01T00:00:00Z"}, true},
            {"Bool", {"true"}, {"TRUE"}, true},
            {"Bool", {"true"}, {"1"}, false},
            {"Bool", {"yes"}, {"yes"}, false},
            {"BinaryEquals", {"YWI="}, {"ab"}, true},
            {"BinaryEquals", {"YWI="}, {"YWI="}, true},
            {"BinaryEquals", {"YWI="}, {"ac"}, false},
            {"BinaryEquals", {"!"}, {"!"}, false},
            {"IpAddress", {"10.0.0.0/8", "::1"}, {"::1"}, true},
            {"IpAddress", {"nonsense"}, {"nonsense"}, false},
            {"NotIpAddress", {"10.0.0.0/8"}, {"10.1.1.1"}, false},
            {"NotIpAddress", {"10.0.0.0/8"}, {"nonsense"}, true},
            {"ArnLike", {"arn:aws:s3:::log*"}, {"arn:aws:s3:::logs"}, true},
            {"ArnEquals", {"arn:aws:s3:::log*"}, {"arn:aws:s3:::logs"}, true},
            {"ArnNotLike", {"arn:aws:s3:*:logs"}, {"arn:aws:s3:::logs"}, true},
            {"ArnNotEquals", {"arn:aws:s3:::logs"}, {"arn:aws:s3:::logs"}, false}});
}

TEST(Conditions, TreatMissingKeys) {
    expect({{"StringEquals", {"a"}, {}, false},
            {"StringNotEquals", {"a"}, {}, true},
            {"StringEqualsIfExists", {"a"}, {}, true},
            {"StringEqualsIfExists", {"a"}, {"b"}, false},
            {"Bool", {"false"}, {}, false},
            {"BoolIfExists", {"false"}, {}, true},
            {"NotIpAddress", {"10.0.0.0/8"}, {}, true},
            {"NumericLessThan", {"1"}, {}, false},
            {"Null", {"true"}, {}, true},
            {"Null", {"false"}, {}, false},
            {"Null", {"true"}, {"x"}, false},
            {"Null", {"false"}, {"x"}, true},
            {"Null", {"maybe"}, {}, false},
            {"ForAllValues:StringEquals", {"a"}, {}, true},
            {"ForAnyValue:StringEquals", {"a"}, {}, false},
            {"ForAnyValue:StringNotEquals", {"a"}, {}, false},
            {"ForAnyValue:StringEqualsIfExists", {"a"}, {}, true}});
}

TEST(Conditions, TreatSeveralValues) {
    expect({{"ForAllValues:StringEquals", {"a", "b"}, {"a", "b"}, true},
            {"ForAllValues:StringEquals", {"a", "b"}, {"a", "c"}, false},
            {"ForAllValues:StringEquals", {"a"}, {""}, true},
            {"ForAllValues:StringEquals", {"a"}, {"a", ""}, false},
            {"ForAllValues:StringNotEquals", {"a"}, {"b", "c"}, true},
            {"ForAllValues:StringNotEquals", {"a"}, {"b", "a"}, false},
            {"ForAnyValue:StringLike", {"a*"}, {"b", "ab"}, true},
            {"ForAnyValue:StringNotLike", {"a*"}, {"ab", "b"}, true},
            {"ForAnyValue:StringNotLike", {"a*"}, {"ab", "ac"}, false},
            {"StringEquals", {"a"}, {"b", "a"}, true},
            {"StringNotEquals", {"a"}, {"b", "a"}, false},
            {"StringEquals", {}, {"a"}, false}});
}

TEST(Conditions, RefuseUnknownOperators) {
    for (const std::string_view name :
         {"", "StringEqual", "stringequals", "BinaryNotEquals", "ForAnyValue::StringEquals",
          "ForSomeValues:Bool", "NullIfExists", "ForAllValues:Null", "IfExists",
          "StringEqualsIfExistsIfExists", "ForAnyValue:"})
        EXPECT_FALSE(find_operator(name)) << name;
}

}  // namespace

}  // namespace countersign::policy
