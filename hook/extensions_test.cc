// Control files as the preload hands them to a real PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "test/cluster.h"

namespace countersign::hook::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* password = "correct horse";
constexpr const char* own_hint = "HINT:  SHOW rds.extensions lists what members of rds_superuser may create";
constexpr const char* refused = "permission denied to create extension \"pgrowlocks\"";

class PreparedExtensions : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(cluster.trouble(), "");
        std::filesystem::create_directory(directory);
        std::filesystem::permissions(directory, std::filesystem::perms(0755));
        prepare("pgrowlocks");
        prepare("pgstattuple");
    }
    void TearDown() override { EXPECT_TRUE(cluster.stop()); }

    // Under an installed name, so that it is found in the list of what there is, and with a script of ours.
    void prepare(const std::string& name) {
        put(directory + "/" + name + ".control",
            "default_version = '9'\ntrusted = true\ndirectory = '" + directory + "'\n");
        put(directory + "/" + name + "--9.sql",
            "CREATE FUNCTION from_" + name +
                "() RETURNS text LANGUAGE sql AS $$ SELECT current_user::text $$;");
    }
    static void put(const std::string& file, const std::string& text) {
        write_file(file, text);
        std::filesystem::permissions(file, std::filesystem::perms(0644));
    }

    void start(const std::string& extensions) {
        Words environment = {"LD_PRELOAD=" + cluster.install(COUNTERSIGN_PRELOAD),
                             "COUNTERSIGN_AGENT_SOCKET=/nowhere"};
        if (!extensions.empty()) environment.push_back("COUNTERSIGN_EXTENSIONS=" + extensions);
        ASSERT_TRUE(cluster.start(environment));
    }
    std::string ask(const std::string& user, const std::string& sql) {
        return cluster.ask(user, password, sql);
    }

    Cluster cluster;
    std::string directory = cluster.path("extensions");
};

TEST_F(PreparedExtensions, AMemberOfRdsSuperuserIsGivenTheCopy) {
    start(directory);
    EXPECT_EQ(ask("master", "CREATE EXTENSION pgrowlocks"), "");
    EXPECT_EQ(ask("master", "SELECT from_pgrowlocks()"), "master");
    EXPECT_EQ(ask("master", "SELECT proowner::regrole FROM pg_proc WHERE proname = 'from_pgrowlocks'"),
              "rdsadmin");
    EXPECT_EQ(ask("master", "SELECT count(*) FROM pg_available_extension_versions WHERE version = '9'"), "2");
    EXPECT_EQ(ask("clerk", "SELECT count(*) FROM pg_available_extension_versions WHERE version = '9'"), "0");
}

TEST_F(PreparedExtensions, AnybodyElseIsRefusedWithAHint) {
    start(directory);
    const std::string said = ask("clerk", "CREATE EXTENSION pgrowlocks");
    EXPECT_THAT(said, HasSubstr(refused));
    EXPECT_THAT(said, HasSubstr(own_hint));
}

TEST_F(PreparedExtensions, AnExtensionWithoutACopyIsTheInstalledOne) {
    std::filesystem::remove(directory + "/pgrowlocks.control");
    start(directory);
    EXPECT_THAT(ask("master", "CREATE EXTENSION pgrowlocks"), HasSubstr(refused));
    EXPECT_EQ(ask("master", "CREATE EXTENSION pgstattuple"), "");
}

// As in a server that somebody attached by the preload.
TEST_F(PreparedExtensions, WithoutADirectoryNothingIsChanged) {
    start("");
    const std::string said = ask("master", "CREATE EXTENSION pgrowlocks");
    EXPECT_THAT(said, HasSubstr(refused));
    EXPECT_THAT(said, HasSubstr("HINT:  Must be superuser to create this extension."));
}

TEST_F(PreparedExtensions, ADirectoryThatIsNoAbsolutePathIsNone) {
    start("../extensions");
    EXPECT_THAT(ask("master", "CREATE EXTENSION pgrowlocks"), HasSubstr(refused));
}

TEST_F(PreparedExtensions, CodeOfTheMembersForSomebodyElseIsNotTheMembers) {
    start(directory);
    EXPECT_EQ(ask("master",
                  "CREATE SCHEMA m; CREATE FUNCTION m.create_it() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
                  "EXECUTE 'CREATE EXTENSION pgrowlocks'; RETURN 1; END $$; CREATE MATERIALIZED VIEW m.v AS "
                  "SELECT m.create_it() AS made WITH NO DATA"),
              "");
    EXPECT_THAT(ask("master", "REFRESH MATERIALIZED VIEW m.v"), HasSubstr(refused));
    EXPECT_EQ(ask("master", "SELECT count(*) FROM pg_extension WHERE extname = 'pgrowlocks'"), "0");
}

}  // namespace
}  // namespace countersign::hook::test
