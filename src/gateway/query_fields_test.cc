#include "gateway/query_fields.h"

#include <gtest/gtest.h>

namespace countersign::gateway {
namespace {

constexpr FieldRules password{.sensitive = true, .max = 3};
constexpr FieldRules code{.sensitive = true, .min = 100};

struct Login {
    std::optional<std::string> Password = {};
    std::optional<std::int64_t> Code = {};
};

void read_members(Fields& fields, Login& into) {
    fields.must("Password", into.Password, password);
    fields.may("Code", into.Code, code);
}

TEST(Fields, NeverRepeatASensitiveValue) {
    const QueryReader reader({{"Password", "hunter2"}, {"Code", "42"}});
    for (const Wording wording : {Wording::iam, Wording::rds}) {
        const auto login = read_input<Login>(reader, wording);
        ASSERT_FALSE(login);
        EXPECT_EQ(
            login.error().message,
            "2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must "
            "have "
            "length less than or equal to 3; Value at 'code' failed to satisfy constraint: Member must have "
            "value greater than or equal to 100");
    }
    const QueryReader unreadable({{"Password", "\xFFxy"}, {"Code", "hunter2"}});
    for (const Wording wording : {Wording::iam, Wording::rds}) {
        const auto login = read_input<Login>(unreadable, wording);
        ASSERT_FALSE(login);
        EXPECT_EQ(login.error().message.find("hunter2"), std::string::npos) << login.error().message;
        EXPECT_EQ(login.error().message.find("xy"), std::string::npos) << login.error().message;
    }
}

}  // namespace
}  // namespace countersign::gateway
