#include "model/parameter_formula.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::model {

namespace {

constexpr double of_a_gib = 1024.0 * 1024 * 1024;

std::optional<std::int64_t> value_of(std::string_view text) {
    return reckon(text, {16 * of_a_gib, 2});
}

}  // namespace

TEST(ParameterFormula, IsReckonedWithTheClass) {
    EXPECT_EQ(value_of("{DBInstanceClassMemory/32768}"), 524288);
    EXPECT_EQ(value_of("LEAST({DBInstanceClassMemory/9531392},5000)"), 1802);
    EXPECT_EQ(value_of("GREATEST({DBInstanceVCPU*2},8)"), 8);
    EXPECT_EQ(value_of("SUM({DBInstanceClassMemory/12038},-50003)"), 1377133);
    EXPECT_EQ(value_of("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)"), 200);
    EXPECT_EQ(value_of("{DBInstanceClassMemory*3/4}"), 12884901888);
    EXPECT_EQ(value_of("42"), 42);
}

TEST(ParameterFormula, WhatIsNoneHasNoValue) {
    for (const std::string text :
         {"", "{", "{}", "{DBInstanceClassMemory", "{Memory/2}", "LEAST(1,2", "LEAST()", "FOO(1)", "{1/0}",
          "1 2", "{log(0)}", "LEAST(nan,1)", "{inf}", "log(1,2)"})
        EXPECT_EQ(value_of(text), std::nullopt) << text;
    EXPECT_EQ(value_of(std::string(200, '(') + "1" + std::string(50, ')')), std::nullopt);
    EXPECT_EQ(value_of(std::string(300, '1')), std::nullopt);
}

TEST(ParameterFormula, AClassHasTheSizeOfItsName) {
    EXPECT_EQ(size_of("db.t3.micro").memory_bytes, of_a_gib);
    EXPECT_EQ(size_of("db.r6g.large").memory_bytes, 16 * of_a_gib);
    EXPECT_EQ(size_of("db.m5.4xlarge").memory_bytes, 64 * of_a_gib);
    EXPECT_EQ(size_of("db.m5.4xlarge").processors, 16);
    for (const char* other : {"", "db.serverless", "db.m5.xxlarge", "m5.large"})
        EXPECT_EQ(size_of(other).memory_bytes, of_a_gib) << other;
}

}  // namespace countersign::model
