// Policies for tests, from the text of their statements.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "policy/policy.h"

namespace countersign::policy::testing {

inline Policy policy_of(const std::string& statements, Form form = Form::identity) {
    const auto parsed = parse_lenient(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", form);
    EXPECT_TRUE(parsed) << statements;
    return {"p", parsed ? *parsed : nullptr};
}

}  // namespace countersign::policy::testing
