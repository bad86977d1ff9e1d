#include "policy/principals.h"

#include <gtest/gtest.h>

namespace countersign::policy {

namespace {

constexpr std::string_view account = "111122223333";
constexpr std::string_view session = "arn:aws:sts::111122223333:assumed-role/app/s-1";
constexpr std::string_view user = "arn:aws:iam::111122223333:user/team/alice";

struct NamingCase {
    std::string_view type;
    std::string_view value;
    std::string_view caller;
    Naming naming;
};

TEST(Principals, NameCallersMoreOrLessClosely) {
    constexpr NamingCase cases[] = {
        {"AWS", "*", user, Naming::caller},
        {"AWS", "111122223333", user, Naming::account},
        {"AWS", "arn:aws:iam::111122223333:root", session, Naming::account},
        {"AWS", "444455556666", user, Naming::none},
        {"AWS", user, user, Naming::caller},
        {"AWS", "arn:aws:iam::111122223333:user/alice", user, Naming::none},
        {"AWS", "arn:aws:iam::111122223333:role/app", session, Naming::role},
        {"AWS", "arn:aws:iam::111122223333:role/svc/app", session, Naming::role},
        {"AWS", "arn:aws:iam::444455556666:role/app", session, Naming::none},
        {"AWS", "arn:aws:iam::111122223333:role/ap", session, Naming::none},
        {"AWS", session, session, Naming::caller},
        {"AWS", "arn:aws:sts::111122223333:assumed-role/app/s-2", session, Naming::none},
        {"Service", "rds.amazonaws.com", "rds.amazonaws.com", Naming::caller},
        {"Service", "rds.amazonaws.com", user, Naming::none},
        {"Federated", "arn:aws:iam::111122223333:saml-provider/idp",
         "arn:aws:iam::111122223333:saml-provider/idp", Naming::caller},
    };
    for (const NamingCase& each : cases) {
        const auto pattern = PrincipalPattern::parse(each.type, each.value);
        ASSERT_TRUE(pattern) << each.value;
        EXPECT_EQ(pattern->names(CallerName(each.caller, account)), each.naming)
            << each.value << " " << each.caller;
    }
}

TEST(Principals, RefuseWhatIsNone) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"AWS", ""},
        {"AWS", "alice"},
        {"AWS", "11112222333"},
        {"AWS", "arn:aws:iam::111122223333:user/*"},
        {"AWS", "arn:aws:iam::*:root"},
        {"AWS", "arn:aws:iam::111122223333:user/${aws:username}"},
        {"AWS", "arn:aws:s3:::bucket"},
        {"AWS", "arn:aws:iam::111122223333:saml-provider/idp"},
        {"Service", "*"},
        {"Service", ""},
        {"Robot", "x"},
        {"aws", "*"},
    };
    for (const auto& [type, value] : cases)
        EXPECT_FALSE(PrincipalPattern::parse(type, value)) << type << value;
}

}  // namespace

}  // namespace countersign::policy
