#include "base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace countersign {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Process, ReadsItsInputAndGivesItsOutput) {
    const Result<std::string> said = run({.program = "/bin/cat", .arguments = {}, .input = "hello"}, 10s);
    ASSERT_TRUE(said);
    EXPECT_EQ(*said, "hello");
}

TEST(Process, SaysHowAProgramFailed) {
    const Command failing{.program = "/bin/sh",
                          .arguments = {"-c", "echo first; echo the reason >&2; exit 3"}};
    EXPECT_THAT(run(failing, 10s).error().message, HasSubstr("sh failed: the reason"));
    EXPECT_FALSE(run({.program = "/nonexistent", .arguments = {}}, 10s));
}

TEST(Process, EndsAProgramThatDoesNotEnd) {
    const Command endless{.program = "/bin/sleep", .arguments = {"1000"}};
    EXPECT_THAT(run(endless, 50ms).error().message, HasSubstr("did not come to an end"));
}

TEST(Process, PassesOnNeitherEnvironmentNorDescriptors) {
    ASSERT_EQ(setenv("AWS_SECRET_ACCESS_KEY", "not-to-be-seen", 1), 0);
    const Descriptor open_file(fcntl(STDIN_FILENO, F_DUPFD, 222));
    ASSERT_TRUE(open_file);
    const Result<std::string> said = run(
        {.program = "/bin/sh", .arguments = {"-c", "env; ls /proc/self/fd"}, .environment = {"MINE=1"}}, 10s);
    ASSERT_TRUE(said);
    EXPECT_THAT(*said, Not(HasSubstr("not-to-be-seen")));
    EXPECT_THAT(*said, HasSubstr("MINE=1"));
    EXPECT_THAT(*said, Not(HasSubstr("\n" + std::to_string(open_file.number()))));
}

TEST(Process, IsSignalledAndCollected) {
    Result<Process> process = Process::spawn({.program = "/bin/sleep", .arguments = {"1000"}}, "/dev/null");
    ASSERT_TRUE(process);
    EXPECT_TRUE(process->alive());
    process->signal(SIGTERM);
    EXPECT_TRUE(process->ends_within(10s));
    EXPECT_FALSE(process->alive());
    EXPECT_FALSE(Process::attach(process->pid()));
    EXPECT_FALSE(Process().alive());
}

}  // namespace
}  // namespace countersign
