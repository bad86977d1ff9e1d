#include "databases/versions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace countersign::databases {
namespace {

TEST(Versions, OnlyReleasesFrom14OnAreRead) {
    const struct {
        const char* line;
        const char* version;  // null: not offered
    } cases[] = {
        {"postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", "15.20"},
        {"postgres (PostgreSQL) 14.0", "14.0"},
        {"postgres (PostgreSQL) 18.6 (Ubuntu 18.6-1.pgdg24.04+1)", "18.6"},
        {"postgres (PostgreSQL) 13.16", nullptr},
        {"postgres (PostgreSQL) 9.6.24", nullptr},
        {"postgres (PostgreSQL) 19beta1", nullptr},
        {"postgres (PostgreSQL) 19devel", nullptr},
        {"postgres (PostgreSQL) ", nullptr},
        {"psql (PostgreSQL) 15.20", nullptr},
        {"", nullptr},
    };
    for (const auto& c : cases) {
        const std::optional<EngineVersion> version = parse_version(c.line);
        EXPECT_EQ(version ? version->text() : "none", c.version != nullptr ? c.version : "none") << c.line;
    }
}

TEST(Versions, AnEngineVersionMeansAnInstalledOne) {
    const Versions versions({{17, 2, "b", "/17"}, {15, 8, "a", "/15"}, {15, 9, "c", "/15new"}});
    ASSERT_EQ(versions.all().size(), 2U);
    const struct {
        const char* asked;
        const char* found;  // null: refused
    } cases[] = {{"", "17.2"},      {"17", "17.2"},    {"15", "15.9"},      {"15.9", "15.9"},
                 {"15.4", nullptr}, {"17.3", nullptr}, {"16", nullptr},     {"15.x", nullptr},
                 {"15.", nullptr},  {"015", nullptr},  {"15.9.1", nullptr}, {"-1", nullptr}};
    for (const auto& c : cases) {
        const Result<EngineVersion> found = versions.find("postgres", c.asked);
        const std::string refused = fmt::format("Cannot find version {} for postgres", c.asked);
        EXPECT_EQ(found ? found->text() : found.error().message, c.found != nullptr ? c.found : refused);
    }
    EXPECT_EQ(versions.find("postgres", "16").error().code, "InvalidParameterCombination");
}

TEST(Versions, ADatabaseIsRunByAVersionThatIsNotOlder) {
    const Versions versions({{17, 2, "b", "/17"}, {15, 9, "c", "/15new"}});
    const struct {
        const char* of;
        const char* runner;  // null: none
    } cases[] = {{"15", "15.9"},    {"15.4", "15.9"},  {"15.9", "15.9"},  {"17.2", "17.2"},
                 {"17.3", nullptr}, {"16.1", nullptr}, {"15.x", nullptr}, {"15.4.1", nullptr},
                 {"", "17.2"},      {"-1", nullptr}};
    for (const auto& c : cases) {
        const Result<EngineVersion> runner = versions.runner_of(c.of);
        EXPECT_EQ(runner ? runner->text() : "none", c.runner != nullptr ? c.runner : "none") << c.of;
    }
}

TEST(Versions, WithoutPostgresThereIsNone) {
    const Versions none = Versions::discover({"/nonexistent", "/bin"});
    EXPECT_TRUE(none.all().empty());
    EXPECT_EQ(none.find("postgres", "").error().fault, Fault::unavailable);
}

TEST(Versions, TheInstalledOneIsFound) {
    const Versions installed = Versions::discover(default_postgres_roots());
    ASSERT_FALSE(installed.all().empty());
    EXPECT_TRUE(std::filesystem::exists(installed.all().back().bin / "initdb"));
}

}  // namespace
}  // namespace countersign::databases
