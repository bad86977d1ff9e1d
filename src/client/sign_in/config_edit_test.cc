#include "client/sign_in/config_edit.h"

#include <gtest/gtest.h>

namespace countersign::client {
namespace {

const Settings role = {{"sso_session", "work"}, {"region", "eu-central-1"}};

TEST(ConfigEdit, ASectionIsMadeAtTheEnd) {
    EXPECT_EQ(*with_settings("", "profile a", role),
              "[profile a]\nsso_session = work\nregion = eu-central-1\n");
    EXPECT_EQ(*with_settings("[default]\nregion = x\n", "profile a", role),
              "[default]\nregion = x\n\n[profile a]\nsso_session = work\nregion = eu-central-1\n");
}

TEST(ConfigEdit, WhatIsThereIsReplacedAndAllElseStays) {
    EXPECT_EQ(
        *with_settings("# mine\n[profile  a]\nregion=old\noutput = json\n\n[profile b]\nregion = other\n",
                       "profile a", role),
        "# mine\n[profile  a]\noutput = json\nsso_session = work\nregion = eu-central-1\n\n[profile b]\n"
        "region = other\n");
}

TEST(ConfigEdit, NestedSettingsAndCommentsStay) {
    EXPECT_EQ(*with_settings("[profile a]\ns3 =\n  region = inner\n# region = said\n", "profile a",
                             {{"region", "x"}}),
              "[profile a]\ns3 =\n  region = inner\n# region = said\nregion = x\n");
}

TEST(ConfigEdit, NothingGoesBeyondItsLine) {
    EXPECT_FALSE(
        with_settings("", "profile a", {{"sso_role_name", "Dev\n\n[default]\ncredential_process = id"}}));
    EXPECT_FALSE(with_settings("", "profile a]\n[default", {}));
    EXPECT_FALSE(with_settings("", "profile a", {{"a\r", "b"}}));
}

TEST(ConfigEdit, TwiceIsAsOnce) {
    const std::string once = *with_settings("[default]\n", "profile a", role);
    EXPECT_EQ(*with_settings(once, "profile a", role), once);
}

}  // namespace
}  // namespace countersign::client
