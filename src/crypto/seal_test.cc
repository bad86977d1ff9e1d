#include "crypto/seal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "crypto/counting_random.h"
#include "crypto/openssl.h"

namespace countersign::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view context = "/keys/AKIA";

SealingKey counted_key() {
    return SealingKey(Secret(CountingRandom().bytes(32)));
}

class SealingKeyFile : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "seal_test.XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { fs::remove_all(folder_); }

    fs::path file() const { return folder_ / "sealing.key"; }
    void write(std::string_view bytes, mode_t mode) const {
        std::ofstream(file(), std::ios::binary) << bytes;
        ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    }

    fs::path folder_;
    SystemRandom random_;
};

TEST(Seal, WhatIsSealedOpens) {
    SystemRandom random;
    for (const std::string& text : {std::string(), std::string("a secret"), std::string(100'000, '\0')}) {
        const std::string sealed = counted_key().seal(Secret(text), context, random);
        const Result<Secret> opened = counted_key().open(sealed, context);
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->reveal(), text);
    }
}

// Computed with the Python package cryptography: AES-256-GCM, the version and the context authenticated.
TEST(Seal, TheFormatIsTheOneComputedElsewhere) {
    CountingRandom random;
    EXPECT_EQ(counted_key().seal(Secret("a secret"), context, random),
              "AQABAgMEBQYHCAkKCyYipX6ml6dvBzkv3Ga73dtgcLCpMJJuxQ==");
}

TEST(Seal, TheSameSecretNeverLooksTheSame) {
    SystemRandom random;
    EXPECT_NE(counted_key().seal(Secret("a"), context, random),
              counted_key().seal(Secret("a"), context, random));
}

TEST(Seal, NoFlippedBitOpens) {
    SystemRandom random;
    const std::string sealed = counted_key().seal(Secret("a secret"), context, random);
    const std::string bytes = *bytes_of_base64(sealed);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string altered = bytes;
        altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
        const Result<Secret> opened = counted_key().open(to_base64(altered), context);
        ASSERT_FALSE(opened) << bit;
        EXPECT_EQ(opened.error().fault, Fault::denied);
    }
}

TEST(Seal, AnotherContextKeyOrLengthDoesNotOpen) {
    SystemRandom random;
    const std::string sealed = counted_key().seal(Secret("a secret"), context, random);
    EXPECT_FALSE(counted_key().open(sealed, "/keys/AKIB"));
    EXPECT_FALSE(counted_key().open(sealed, ""));
    EXPECT_FALSE(SealingKey(Secret(random.bytes(32))).open(sealed, context));
    for (std::size_t length = 0; length < sealed.size(); ++length)
        EXPECT_FALSE(counted_key().open(sealed.substr(0, length), context)) << length;
    for (const std::string& text : {sealed + "\n", " " + sealed, sealed + "AAAA", sealed + "===="})
        EXPECT_FALSE(counted_key().open(text, context)) << text;
}

TEST_F(SealingKeyFile, IsMadeOnceForItsOwnerAlone) {
    const Result<SealingKey> made = SealingKey::load_or_create(file(), random_);
    ASSERT_TRUE(made) << made.error().message;
    struct stat status = {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
    EXPECT_EQ(status.st_size, 32);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // no temporary file stays

    const std::string sealed = made->seal(Secret("a secret"), context, random_);
    for (const Result<SealingKey>& again :
         {SealingKey::load_or_create(file(), random_), SealingKey::load(file())}) {
        ASSERT_TRUE(again);
        EXPECT_EQ(again->open(sealed, context)->reveal(), "a secret");
    }
}

TEST_F(SealingKeyFile, AllWhoMakeItAtOnceGetTheSame) {
    std::vector<std::string> sealed(8);
    {
        std::vector<std::jthread> threads;
        threads.reserve(sealed.size());
        for (std::string& text : sealed)
            threads.emplace_back([&text, this] {
                SystemRandom random;
                const Result<SealingKey> key = SealingKey::load_or_create(file(), random);
                if (key) text = key->seal(Secret("a secret"), context, random);
            });
    }
    const Result<SealingKey> key = SealingKey::load(file());
    ASSERT_TRUE(key);
    for (const std::string& text : sealed) EXPECT_TRUE(key->open(text, context));
}

TEST_F(SealingKeyFile, LoadMakesNone) {
    const Result<SealingKey> key = SealingKey::load(file());
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().fault, Fault::not_found);
    EXPECT_FALSE(fs::exists(file()));
    EXPECT_FALSE(SealingKey::load_or_create(folder_ / "absent" / "sealing.key", random_));
}

TEST_F(SealingKeyFile, IsRefusedWhenOthersCanUseIt) {
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0644, 0777}) {
        write(std::string(32, 'k'), mode);
        const Result<SealingKey> key = SealingKey::load_or_create(file(), random_);
        ASSERT_FALSE(key) << mode;
        EXPECT_EQ(key.error().fault, Fault::denied);
    }
    write(std::string(32, 'k'), 0400);
    EXPECT_TRUE(SealingKey::load_or_create(file(), random_));
}

TEST_F(SealingKeyFile, IsRefusedAndKeptWhenItIsNoKey) {
    for (const std::size_t length : {0, 31, 33, 1000}) {
        write(std::string(length, 'k'), 0600);
        EXPECT_FALSE(SealingKey::load_or_create(file(), random_)) << length;
        EXPECT_EQ(fs::file_size(file()), length);
    }
    fs::remove(file());
    ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
    EXPECT_EQ(SealingKey::load(file()).error().fault, Fault::denied);
}

}  // namespace
}  // namespace countersign::crypto
