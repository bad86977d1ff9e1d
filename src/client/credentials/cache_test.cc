#include "client/credentials/cache.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "client/credentials/credentials_fixture.h"

namespace countersign::client {
namespace {

mode_t mode_of(const Path& path) {
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

// The digests are those that Python's json.dumps(arguments, sort_keys=True) and hashlib give.
TEST(FileCacheKeyTest, AreThoseOfTheAwsCli) {
    EXPECT_EQ(role_cache_key({{"RoleArn", "arn:aws:iam::123456789012:role/app"}}),
              "dc7a8abd0b7059a28fae9b5f5fd4bc7c101c0185");
    EXPECT_EQ(role_cache_key({{"RoleArn", "arn:aws:iam::123456789012:role/\xc3\xa9 \"x\""},
                              {"RoleSessionName", "s"},
                              {"SerialNumber", "arn:mfa"},
                              {"ExternalId", "e/1"},
                              {"DurationSeconds", "3600"}}),
              "6be5b0a3df0f07889e4f3e7860d062c1dd9e7b74");
    EXPECT_EQ(sso_role_cache_key("123456789012", "reader", "corp", "https://corp.example/start"),
              "55baa2978e3b07bfc8c8bec3a298ab6d5406ae36");
    EXPECT_EQ(sso_role_cache_key("123456789012", "reader", "", "https://corp.example/start"),
              "cade1964918920d7ccf8ad4d2dd4eb8c76f030c2");
    EXPECT_EQ(sso_token_cache_key("corp"), "ee0bfd2552fbd840c02cc48b6e823320543c450f");
}

class FileCacheTest : public CredentialsTest {
protected:
    Path folder() const { return home_ / ".aws" / "cli" / "cache"; }
    Path file() const { return folder() / "k.json"; }
    FileCache cache() const { return FileCache(folder()); }
    Fault fault_of_read() const {
        const auto text = cache().read("k");
        return text ? Fault::internal : text.error().fault;
    }
};

TEST_F(FileCacheTest, NobodyElseReadsWhatIsWritten) {
    const mode_t before = ::umask(0);
    ASSERT_TRUE(cache().write("k", "text"));
    ::umask(before);
    EXPECT_EQ(mode_of(file()), 0600U);
    EXPECT_EQ(mode_of(folder()), 0700U);
    EXPECT_EQ(*cache().read("k"), "text");
    ASSERT_TRUE(cache().write("k", "again"));
    EXPECT_EQ(*cache().read("k"), "again");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 1);
}

TEST_F(FileCacheTest, WhatOthersMayWriteIsNotRead) {
    EXPECT_EQ(fault_of_read(), Fault::not_found);
    ASSERT_TRUE(cache().write("k", "text"));
    for (const mode_t mode : {0620, 0602}) {
        ::chmod(file().c_str(), mode);
        EXPECT_EQ(fault_of_read(), Fault::denied);
    }
    EXPECT_THAT(cache().read("k").error().message, testing::HasSubstr("chmod go-w " + file().string()));
    ::chmod(file().c_str(), 0600);
    ::chmod(folder().c_str(), 0770);
    EXPECT_EQ(fault_of_read(), Fault::denied);
    EXPECT_FALSE(cache().write("k", "new"));
}

TEST_F(FileCacheTest, ALinkIsNotFollowed) {
    ASSERT_TRUE(cache().write("k", "text"));
    std::filesystem::rename(file(), home_ / "elsewhere");
    std::filesystem::create_symlink(home_ / "elsewhere", file());
    EXPECT_EQ(fault_of_read(), Fault::denied);
}

TEST_F(FileCacheTest, WhatIsNoSessionIsNotUsed) {
    write(".aws/cli/cache/k.json", "{\"Credentials\": ");
    EXPECT_FALSE(kept_session(cache(), "k", Instant()));
    FoundCredentials session{{"A", Secret("s"), "t"}, Instant(std::chrono::minutes(15))};
    keep_session(cache(), "k", session);
    EXPECT_TRUE(kept_session(cache(), "k", Instant()));
    EXPECT_FALSE(kept_session(cache(), "k", Instant(std::chrono::seconds(1))));
}

}  // namespace
}  // namespace countersign::client
