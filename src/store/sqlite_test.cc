// What only a file can get wrong: coming back, being someone else's, being damaged, being used twice.
#include "store/sqlite.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/files.h"
#include "store/contract.h"
#include "store/sqlite_file.h"
#include "store/statement.h"

namespace countersign::store {

namespace {

using testing::Test;

class SqliteFile : public Test {
protected:
    std::unique_ptr<Store> open() {
        Result<std::unique_ptr<Store>> store = open_sqlite(file());
        EXPECT_TRUE(store) << (store ? "" : store.error().message);
        return store ? *std::move(store) : nullptr;
    }
    // The error of an open that must fail; it names the file.
    Error refusal() {
        const Result<std::unique_ptr<Store>> store = open_sqlite(file());
        EXPECT_FALSE(store);
        if (store) return Error{};
        EXPECT_NE(store.error().message.find(file().string()), std::string::npos) << store.error().message;
        return store.error();
    }
    void run(const char* sql) {
        const Result<Connection> connection = Connection::open(file());
        ASSERT_TRUE(connection && connection->execute(sql));
    }
    std::filesystem::path file() const { return folder_.path() / "state.db"; }

    TemporaryFolder folder_;
};

mode_t mode_of(const std::filesystem::path& file) {
    struct stat found = {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0) << file;
    return found.st_mode & 07777;
}

TEST_F(SqliteFile, ReopeningKeepsEverything) {
    {
        const auto store = open();
        must_put(*store, "a", "1");
        must_commit(*store, {{}, {Write{"a", "2"}}, "two"});
        must_put(*store, "b", "3");
        must_erase(*store, "b");
        ASSERT_TRUE(store->compact(2));
    }
    const auto store = open();
    EXPECT_EQ(store->revision(), 4);
    EXPECT_EQ(listed(*store, ""), (Lines{"a=2"}));
    EXPECT_EQ(listed(*store, "", {"", 10, 3}), (Lines{"a=2", "b=3"}));
    EXPECT_EQ(store->list("", {"", 10, 1}).error().fault, Fault::compacted);
    EXPECT_EQ((*store->get("a"))->created, 1);
    EXPECT_EQ(*store->find_commit("two"), 2);
    const Result<std::vector<Event>> events = store->watch("", 2)->next({});
    ASSERT_TRUE(events);
    EXPECT_EQ(events->size(), 2U);
    EXPECT_EQ(must_put(*store, "c", "5"), 5);
}

TEST_F(SqliteFile, OnlyTheOwnerMayReadIt) {
    const mode_t old_mask = ::umask(0);
    {
        const auto store = open();
        must_put(*store, "a", "1");
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            EXPECT_EQ(mode_of(file().string() + suffix), 0600U) << suffix;
    }
    ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
    const auto again = open();
    EXPECT_EQ(mode_of(file()), 0600U);
    ::umask(old_mask);
}

TEST_F(SqliteFile, ASecondOpenIsRefusedUntilTheFirstEnds) {
    auto store = open();
    const Error error = refusal();
    EXPECT_EQ(error.fault, Fault::conflict);
    EXPECT_NE(error.message.find("another countersign is using " + folder_.path().string()),
              std::string::npos);
    must_put(*store, "a", "1");
    store.reset();
    EXPECT_EQ(value_of(*open(), "a"), "1");
}

TEST_F(SqliteFile, AnEmptyFileBecomesAStore) {
    std::ofstream(file()).flush();
    EXPECT_EQ(must_put(*open(), "a", "1"), 1);
}

TEST_F(SqliteFile, AFileThatIsNoDatabaseIsLeftAlone) {
    const std::string text(5000, 'x');
    std::ofstream(file()) << text;
    EXPECT_EQ(refusal().fault, Fault::internal);
    std::ifstream again(file());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), text);
}

TEST_F(SqliteFile, AnotherApplicationsDatabaseIsLeftAlone) {
    std::ofstream(file()).flush();
    run("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
    const Error error = refusal();
    EXPECT_EQ(error.fault, Fault::unsupported);
    EXPECT_NE(error.message.find("another application"), std::string::npos);
    const Result<Connection> connection = Connection::open(file());
    ASSERT_TRUE(connection);
    EXPECT_EQ(*connection->number("SELECT count(*) FROM sqlite_schema"), 1);
    EXPECT_EQ(*connection->text("PRAGMA journal_mode"), "delete");
}

// How writers of this process wait for the disk: 2 is FULL, 0 is OFF.
std::int64_t synchronous(const std::filesystem::path& file) {
    const Result<Connection> connection = open_writing(file);
    return connection ? *connection->number("PRAGMA synchronous") : -1;
}

TEST_F(SqliteFile, OnlyAProcessThatForgoesDurabilityDoesNotWaitForTheDisk) {
    must_put(*open(), "a", "1");
    EXPECT_EQ(synchronous(file()), 2);
    const pid_t child = ::fork();
    if (child == 0) {
        forgo_durability();
        ::_exit(synchronous(file()) == 0 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(synchronous(file()), 2);
}

TEST_F(SqliteFile, AnotherSchemaVersionIsRefused) {
    must_put(*open(), "a", "1");
    run("PRAGMA user_version = 99");
    const Error error = refusal();
    EXPECT_EQ(error.fault, Fault::unsupported);
    EXPECT_NE(error.message.find("version 99"), std::string::npos);
}

TEST_F(SqliteFile, DamageIsFoundAtTheStart) {
    {
        const auto store = open();
        for (int i = 0; i < 100; ++i) must_put(*store, "key " + std::to_string(i), std::string(1000, 'v'));
    }
    {
        std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(4096);
        bytes << std::string(8192, '\xff');
    }
    const Error error = refusal();
    EXPECT_EQ(error.fault, Fault::internal);
    EXPECT_NE(error.message.find("is damaged"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("restore it from a backup"), std::string::npos) << error.message;
}

TEST_F(SqliteFile, AMissingFolderIsSaid) {
    const Result<std::unique_ptr<Store>> store = open_sqlite(folder_.path() / "missing" / "state.db");
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("No such file or directory"), std::string::npos)
        << store.error().message;
}

TEST_F(SqliteFile, ReadsDoNotWaitForAWriter) {
    const auto store = open();
    must_put(*store, "a", "1");
    const Result<Connection> other = Connection::open(file());
    ASSERT_TRUE(other && other->execute("BEGIN IMMEDIATE"));
    EXPECT_EQ(value_of(*store, "a"), "1");
    EXPECT_EQ(listed(*store, ""), (Lines{"a=1"}));
    EXPECT_EQ(store->revision(), 1);
    ASSERT_TRUE(other->execute("ROLLBACK"));
    EXPECT_EQ(must_put(*store, "a", "2"), 2);
}

}  // namespace
}  // namespace countersign::store
