#include "cli/user_unit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace countersign::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

client::Environment environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

TEST(UserUnit, QuotesWhatSystemdWouldRead) {
    const auto text =
        text_of({"of 5%", "tool", {"do", R"(a "b"\$HOME %h)"}}, "/opt/a $b/tool", environment_of({}));
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("Description=of 5%%\n"));
    EXPECT_THAT(*text, HasSubstr(R"(ExecStart="/opt/a $b/tool" "do" "a \"b\"\\$$HOME %%h")"
                                 "\n"));
}

TEST(UserUnit, TakesSettingsAndNoSecrets) {
    const auto text = text_of({"one", "tool", {}}, "/bin/tool",
                              environment_of({{"AWS_PROFILE", "my \"work\""},
                                              {"AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"},
                                              {"AWS_SECRET_ACCESS_KEY", "hidden"},
                                              {"AWS_SESSION_TOKEN", "hidden"},
                                              {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "hidden"}}));
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("Environment=\"AWS_PROFILE=my \\\"work\\\"\"\n"));
    EXPECT_THAT(*text, Not(HasSubstr("hidden")));
    EXPECT_THAT(*text, Not(HasSubstr("AKIA")));
}

TEST(UserUnit, NoWordAddsALine) {
    EXPECT_FALSE(text_of({"one", "tool", {"a\nExecStartPre=b"}}, "/bin/tool", environment_of({})));
    EXPECT_FALSE(text_of({"one\n", "tool", {}}, "/bin/tool", environment_of({})));
    EXPECT_FALSE(text_of({"one", "tool", {}}, "/bin/tool", environment_of({{"AWS_PROFILE", "a\nb"}})));
}

}  // namespace
}  // namespace countersign::cli
