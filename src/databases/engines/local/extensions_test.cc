// The scripts of the PostgreSQL that is installed, and trees made by hand.
#include "databases/engines/local/extensions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "databases/engines/local/allowed_extensions.h"

namespace countersign::databases::local {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Extensions : public ::testing::Test {
protected:
    Extensions() {
        std::string name = std::filesystem::temp_directory_path() / "countersign-extensions-XXXXXX";
        root = mkdtemp(name.data());
        made.bin = root / "bin";
        std::filesystem::create_directories(made.bin);
        std::filesystem::create_directories(share());
        put("plpgsql.control", "trusted = true\n");
    }
    ~Extensions() override { std::filesystem::remove_all(root); }

    Path share() const { return root / "share/postgresql/extension"; }
    Path preload() const { return root / "lib/x.so"; }
    Path prepared() const { return extensions_directory(preload(), made); }
    void put(const std::string& name, const std::string& text) const {
        ASSERT_TRUE(replace_file(share() / name, text, Durability::none));
    }
    void prepare() const { ASSERT_TRUE(prepare_extensions(prepared(), made)); }
    std::vector<std::string> names() const { return extension_names(preload(), made); }
    std::string text(const std::string& name) const {
        const Result<std::string> read = read_file(prepared() / name);
        return read ? *read : "";
    }

    Path root;
    EngineVersion made{15, 1, "", ""};
};

TEST_F(Extensions, AllThatIsAllowedAndInstalledIsPrepared) {
    const auto installed = Versions::discover(default_postgres_roots()).all();
    ASSERT_FALSE(installed.empty());
    for (const EngineVersion& version : installed) {
        const Path directory = extensions_directory(preload(), version);
        ASSERT_TRUE(prepare_extensions(directory, version));
        for (const AllowedExtension& one : allowed_extensions()) {
            EXPECT_THAT(extension_names(preload(), version), Contains(one.name));
            const std::string control = *read_file(directory / (std::string(one.name) + ".control"));
            EXPECT_THAT(control, HasSubstr("\ntrusted = true\ndirectory = '" + directory.string() + "'\n"));
        }
        EXPECT_THAT(*read_file(directory / "postgres_fdw--1.0.sql"), HasSubstr("GRANT USAGE"));
        EXPECT_THAT(extension_names(preload(), version), Contains("pgcrypto"));
        EXPECT_THAT(extension_names(preload(), version), Not(Contains("file_fdw")));
    }
}

TEST_F(Extensions, EveryAdditionIsOfAScriptThatSomeVersionHas) {
    for (const AllowedExtension& one : allowed_extensions()) {
        EXPECT_FALSE(one.why.empty()) << one.name;
        for (const ExtensionAddition& addition : one.additions)
            EXPECT_TRUE(addition.script.starts_with(std::string(one.name) + "--")) << addition.script;
    }
}

TEST_F(Extensions, ACopyIsMadeAnewAndGoesWithWhatIsInstalled) {
    put("bloom.control", "default_version = '1.0'");
    put("bloom--1.0.sql", "CREATE FUNCTION f() RETURNS int AS 'a' LANGUAGE C;");
    put("bloomy--1.0.sql", "SELECT 1");
    prepare();
    EXPECT_EQ(text("bloom--1.0.sql"), "CREATE FUNCTION f() RETURNS int AS 'a' LANGUAGE C;");
    EXPECT_THAT(text("bloom.control"), HasSubstr("default_version = '1.0'\n"));
    EXPECT_THAT(names(), ElementsAre("bloom", "plpgsql"));
    put("bloom--1.0.sql", "CREATE VIEW v AS SELECT 1;");
    prepare();
    EXPECT_EQ(text("bloom--1.0.sql"), "CREATE VIEW v AS SELECT 1;");
    std::filesystem::remove(share() / "bloom.control");
    prepare();
    EXPECT_THAT(names(), ElementsAre("plpgsql"));
    EXPECT_TRUE(std::filesystem::is_empty(prepared()));
}

TEST_F(Extensions, AScriptThatExecutesSomethingKeepsItsExtensionOut) {
    put("bloom.control", "");
    put("bloom--1.0.sql", "CREATE VIEW v AS SELECT 1;");
    put("bloom--1.0--1.1.sql", "SELECT f();");
    prepare();
    EXPECT_THAT(names(), ElementsAre("plpgsql"));
    EXPECT_EQ(text("bloom--1.0.sql"), "");
}

TEST_F(Extensions, AFunctionThatRunsAsItsOwnerKeepsItsExtensionOutUnlessItIsChanged) {
    const std::string definer = "CREATE FUNCTION f() RETURNS int LANGUAGE C SECURITY DEFINER AS 'f';";
    for (const char* script : {"bloom--1.0.sql", "dblink--1.2.sql", "dblink--1.2--1.3.sql"}) {
        put("bloom.control", "");
        put("dblink.control", "");
        put(script, definer);
        prepare();
        const bool changed = std::string(script) == "dblink--1.2.sql";
        EXPECT_EQ(text(script).ends_with("SECURITY INVOKER;\n"), changed) << script;
    }
}

TEST_F(Extensions, MoreSuchFunctionsThanAreChangedKeepItOut) {
    const std::string definer = "CREATE FUNCTION f() RETURNS int LANGUAGE C SECURITY DEFINER AS 'f';";
    put("dblink.control", "");
    put("dblink--1.2.sql", definer + definer);
    prepare();
    EXPECT_TRUE(text("dblink--1.2.sql").ends_with("SECURITY INVOKER;\n"));
    put("dblink--1.2.sql", definer + definer + definer);
    prepare();
    EXPECT_EQ(text("dblink--1.2.sql"), "");
}

TEST_F(Extensions, AFileOfSettingsForOneVersionKeepsItsExtensionOut) {
    put("bloom.control", "");
    put("bloom--1.0.control", "directory = '/tmp'");
    put("bloom--1.0.sql", "");
    prepare();
    EXPECT_THAT(names(), ElementsAre("plpgsql"));
}

TEST_F(Extensions, WithoutInstalledFilesOrAPreloadThereIsNothing) {
    EXPECT_THAT(extension_names("", made), ElementsAre());
    std::filesystem::remove_all(share());
    prepare();
    EXPECT_THAT(names(), ElementsAre());
    EXPECT_TRUE(std::filesystem::is_empty(prepared()));
}

}  // namespace countersign::databases::local
