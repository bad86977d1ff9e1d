#include "services/cloudformation/template/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign::cloudformation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<Needs> needs(const std::string& resources, const std::string& more = "") {
    const auto read = read_template("Resources:\n" + resources + more);
    if (!read) return read.error();
    return needs_of(*read);
}

TEST(Order, EveryWayToNameAResourceIsSeen) {
    const auto found = needs(
        "  A: {Type: T}\n"
        "  B: {Type: T, Properties: {p: !Ref A}}\n"
        "  C: {Type: T, Properties: {p: [!GetAtt B.Arn, !Sub '${A.Id}']}}\n"
        "  D: {Type: T, DependsOn: [C]}\n"
        "  E: {Type: T, Properties: {p: !Sub ['${A}', {A: x}], q: !Sub '${!A}'}}\n");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(found->at("A"), IsEmpty());
    EXPECT_THAT(found->at("B"), ElementsAre("A"));
    EXPECT_THAT(found->at("C"), ElementsAre("A", "B"));
    EXPECT_THAT(found->at("D"), ElementsAre("C"));
    EXPECT_THAT(found->at("E"), IsEmpty());
}

TEST(Order, CirclesAndNamesOfNothingAreRefused) {
    const auto circle = needs("  A: {Type: T, DependsOn: B}\n  B: {Type: T, Properties: {p: !Ref A}}\n");
    ASSERT_FALSE(circle);
    EXPECT_EQ(circle.error().message, "Circular dependency between resources: [A, B]");
    for (const char* wrong :
         {"  A: {Type: T, Properties: {p: !Ref Z}}\n", "  A: {Type: T, DependsOn: Z}\n",
          "  A: {Type: T, Properties: {p: !Sub '${Z}'}}\n", "  A: {Type: T, Condition: Z}\n",
          "  A: {Type: T, Properties: {p: !If [Z, 1, 2]}}\n",
          "  A: {Type: T}\nOutputs: {O: {Value: !Ref Z}}\n"}) {
        const auto found = needs(wrong);
        ASSERT_FALSE(found) << wrong;
        EXPECT_THAT(found.error().message, HasSubstr("Z")) << wrong;
    }
}

}  // namespace
}  // namespace countersign::cloudformation
