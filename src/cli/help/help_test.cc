#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/help/completion.h"
#include "cli/help/formatter.h"
#include "cli/help/manual.h"

namespace countersign::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// tool [--level low|high] [-q], tool list [place]
CommandHelp example() {
    static std::string text;
    static bool quiet = false;
    CLI::App app("does it's work", "tool");
    app.add_option("--level", text, "how much: all of it")->check(CLI::IsMember({"low", "high"}));
    app.add_flag("-q,--quiet", quiet, "says nothing");
    CLI::App& list = *app.add_subcommand("list", "shows .dots");
    list.add_option("place", text, "where")->default_str("here");
    return help_of(app);
}

TEST(CommandHelp, HasWhatTheCommandLineHas) {
    const CommandHelp help = example();
    ASSERT_EQ(help.commands.size(), 1U);
    EXPECT_THAT(help.commands[0].words, ElementsAre("list"));
    ASSERT_EQ(help.options.size(), 3U);
    EXPECT_THAT(help.options[1].choices, ElementsAre("low", "high"));
    EXPECT_EQ(help.options[1].operand, "TEXT");
    EXPECT_THAT(help.options[2].names, ElementsAre("--quiet", "-q"));
    EXPECT_EQ(help.options[2].operand, "");
    EXPECT_TRUE(help.commands[0].options[1].positional);
    EXPECT_EQ(help.commands[0].options[1].default_value, "here");
}

TEST(HelpFormatter, ShowsDefaultsOfSubcommandsTheSameWithEveryVersionOfCli11) {
    std::string text;
    CLI::App app;
    app.formatter(help_formatter());
    CLI::App& list = *app.add_subcommand("list");
    list.add_option("--place", text, "where")->default_str("here")->excludes(list.add_flag("--json"));
    list.add_option("--port", text, "at which")->default_str("80");
    EXPECT_THAT(list.help(), HasSubstr("--place TEXT=here Excludes: --json"));
    EXPECT_THAT(list.help(), HasSubstr("--port TEXT=80  "));
}

TEST(NearestCommand, IsAtMostTwoLettersAway) {
    const CommandHelp help = example();
    EXPECT_EQ(nearest_command(help, "lst"), "list");
    EXPECT_EQ(nearest_command(help, "listen"), "list");
    EXPECT_EQ(nearest_command(help, "remove"), "");
}

TEST(ManualPage, EscapesWhatRoffWouldRead) {
    const CommandHelp help = example();
    EXPECT_THAT(manual_page(help), HasSubstr("countersign \\- does it's work"));
    EXPECT_THAT(manual_page(help), HasSubstr("\\fB\\-\\-level\\fR \\fIlow|high\\fR"));
    EXPECT_THAT(manual_page(help.commands[0]), HasSubstr(".TH countersign\\-list 1"));
    EXPECT_THAT(manual_page(help), HasSubstr(".B list\nshows .dots"));
}

TEST(Completion, QuotesDescriptions) {
    const CommandHelp help = example();
    EXPECT_THAT(completion_script(help, "zsh"), HasSubstr(R"('--level:how much\: all of it')"));
    EXPECT_THAT(completion_script(help, "fish"),
                HasSubstr("-l level -x -a 'low high' -d 'how much: all of it'"));
    EXPECT_THAT(completion_script(help, "bash"), HasSubstr(R"(" --level") words="low high" ;;)"));
}

}  // namespace
}  // namespace countersign::cli
