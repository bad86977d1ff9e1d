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

TEST(Principals, AreToldApartByTheirUniqueIds) {
    struct Case {
        std::string_view value;
        std::string_view id;
        Naming naming;
    };
    constexpr Case cases[] = {
        {"AIDAALICE", "AIDAALICE", Naming::caller},
        {"AIDAALICE", "AIDAALICE2", Naming::none},
        {"AIDAALICE", "AROAAPP:AIDAALICE", Naming::none},
        {"AIDAALICE", "111122223333:AIDAALICE", Naming::none},
        {"AIDAALICE", "", Naming::none},
        {"AROAAPP", "AROAAPP", Naming::role},
        {"AROAAPP", "AROAAPP:s-1", Naming::role},
        {"AROAAPP", "AROAAPP2:s-1", Naming::none},
        {"AROAAPP", "", Naming::none},
        {"AROAAPP:s-1", "AROAAPP:s-1", Naming::caller},
        {"AROAAPP:s-1", "AROAAPP:s-2", Naming::none},
        {"AROAAPP:s-1", "AROAAPP", Naming::none},
    };
    for (const Case& each : cases) {
        const auto pattern = PrincipalPattern::parse("AWS", each.value);
        ASSERT_TRUE(pattern) << each.value;
        EXPECT_EQ(pattern->names(CallerName(user, account, each.id)), each.naming)
            << each.value << " " << each.id;
    }
}

TEST(Principals, HaveUniqueIdsWhereTheyCanBeDeleted) {
    for (const std::string_view arn : {user, session, std::string_view("arn:aws:iam::1:role/svc/app")})
        EXPECT_TRUE(has_unique_id(arn)) << arn;
    for (const std::string_view other :
         {"*", "111122223333", "arn:aws:iam::111122223333:root", "AIDAALICE", "ec2.amazonaws.com",
          "arn:aws:sts::111122223333:federated-user/bob", "arn:aws:iam::111122223333:saml-provider/user/x"})
        EXPECT_FALSE(has_unique_id(other)) << other;
    for (const std::string_view id : {"AIDAALICE", "AROAAPP", "AROAAPP:s-1_+=,.@"})
        EXPECT_TRUE(is_unique_id(id)) << id;
    for (const std::string_view other :
         {"AGPAADMINS", "AIDAALICE:s", "AIDA*", "AROAAPP:", "AROAAPP:a:b", "AROAAPP:a*", "AROA APP", ""})
        EXPECT_FALSE(is_unique_id(other)) << other;
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
        {"AWS", "AIDA*"},
        {"AWS", "AROAAPP:*"},
        {"Service", user},
        {"Federated", user},
        {"CanonicalUser", session},
        {"Robot", "x"},
        {"aws", "*"},
    };
    for (const auto& [type, value] : cases)
        EXPECT_FALSE(PrincipalPattern::parse(type, value)) << type << value;
}

}  // namespace

}  // namespace countersign::policy
