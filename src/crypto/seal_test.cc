#include "crypto/seal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "crypto/counting_random.h"
#include "crypto/openssl.h"

namespace countersign::crypto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view context = "/keys/AKIA";
constexpr std::string_view named_text = "AlFY+3AAAQIDBAUGBwgJCgsmIqV+ppenb+MDPKxdTTexcVtwRABpunI=";

SealingKey counted_key() {
    return SealingKey(Secret(CountingRandom().bytes(32)));
}

// Of keys that are each one byte, 32 times; a zero stands for the counted one.
SealingKey ring(const std::string& letters) {
    std::string all;
    for (const char letter : letters)
        all += letter == '\0' ? CountingRandom().bytes(32) : std::string(32, letter);
    return SealingKey(Secret(all));
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

// Both computed with the Python package cryptography: AES-256-GCM; version, name of the key and context
// authenticated.
TEST(Seal, TheFormatIsTheOneComputedElsewhere) {
    CountingRandom random;
    EXPECT_EQ(counted_key().seal(Secret("a secret"), context, random), named_text);
    EXPECT_EQ(counted_key().ids(), (std::vector<std::string>{"5158fb70"}));
}

TEST(Seal, ATextThatNamesNoKeyOpensWithTheOldest) {
    const std::string unnamed = "AQABAgMEBQYHCAkKCyYipX6ml6dvBzkv3Ga73dtgcLCpMJJuxQ==";
    for (const SealingKey& keys : {counted_key(), ring({'\0', 'k', 'l'})}) {
        EXPECT_EQ(keys.open(unnamed, context)->reveal(), "a secret");
        EXPECT_FALSE(keys.is_of_newest(unnamed));
    }
    EXPECT_EQ(ring({'k', '\0'}).open(unnamed, context).error().fault, Fault::denied);
}

TEST(Seal, TheNewestKeySealsAndEachOpens) {
    SystemRandom random;
    const SealingKey first = ring({'a'});
    const SealingKey both = ring({'a', 'b'});
    const SealingKey second = ring({'b'});
    const std::string old = first.seal(Secret("old"), context, random);
    const std::string fresh = both.seal(Secret("new"), context, random);
    EXPECT_EQ(both.open(old, context)->reveal(), "old");
    EXPECT_EQ(both.open(fresh, context)->reveal(), "new");
    EXPECT_EQ(second.open(fresh, context)->reveal(), "new");
    EXPECT_TRUE(first.is_of_newest(old) && both.is_of_newest(fresh) && second.is_of_newest(fresh));
    EXPECT_FALSE(both.is_of_newest(old) || second.is_of_newest(old) || first.is_of_newest(fresh));
    EXPECT_EQ(both.ids(), (std::vector<std::string>{first.ids()[0], second.ids()[0]}));
    for (const std::string& text : {std::string(), std::string("AgAB"), std::string("%%%%%%%%%%%%")})
        EXPECT_FALSE(both.is_of_newest(text)) << text;
}

TEST(Seal, AKeyThatIsNotThereIsNamed) {
    SystemRandom random;
    const SealingKey other = ring({'a'});
    const Result<Secret> refused = ring({'b', 'c'}).open(other.seal(Secret("x"), context, random), context);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::denied);
    EXPECT_EQ(refused.error().code, unknown_sealing_key);
    EXPECT_NE(refused.error().message.find(other.ids()[0]), std::string::npos) << refused.error().message;
}

// A text cannot be made one of another key of the ring by another name on it.
TEST(Seal, TheNameOfTheKeyIsBound) {
    SystemRandom random;
    const SealingKey both = ring({'a', 'b'});
    std::string bytes = *bytes_of_base64(both.seal(Secret("a secret"), context, random));
    const std::string first = *bytes_of_base64(ring({'a'}).seal(Secret(""), context, random));
    bytes.replace(1, 4, first.substr(1, 4));
    EXPECT_EQ(both.open(to_base64(bytes), context).error().fault, Fault::denied);
    bytes[0] = 1;
    EXPECT_FALSE(both.open(to_base64(bytes), context));
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
    for (const std::size_t length : {0, 31, 33, 63, 65, 17 * 32, 1000}) {
        write(std::string(length, 'k'), 0600);
        EXPECT_FALSE(SealingKey::load_or_create(file(), random_)) << length;
        EXPECT_EQ(fs::file_size(file()), length);
    }
    fs::remove(file());
    ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
    EXPECT_EQ(SealingKey::load(file()).error().fault, Fault::denied);
}

TEST_F(SealingKeyFile, KeysAreAddedBehindTheOthersAndDropped) {
    const Result<SealingKey> first = SealingKey::load_or_create(file(), random_);
    ASSERT_TRUE(first);
    const std::string old = first->seal(Secret("old"), context, random_);
    const Result<SealingKey> both = SealingKey::add_key(file(), random_);
    ASSERT_TRUE(both) << both.error().message;
    EXPECT_EQ(both->ids().size(), 2U);
    EXPECT_EQ(both->ids()[0], first->ids()[0]);
    EXPECT_EQ(SealingKey::load(file())->ids(), both->ids());
    EXPECT_EQ(both->open(old, context)->reveal(), "old");
    struct stat status = {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);

    EXPECT_EQ(SealingKey::drop_older_keys(file(), first->ids()[0]).error().fault, Fault::conflict);
    EXPECT_EQ(SealingKey::load(file())->ids(), both->ids()) << "it was not the newest";
    const Result<SealingKey> left = SealingKey::drop_older_keys(file(), both->ids()[1]);
    ASSERT_TRUE(left);
    EXPECT_EQ(left->ids(), std::vector<std::string>{both->ids()[1]});
    EXPECT_EQ(SealingKey::load(file())->ids(), left->ids());
    EXPECT_FALSE(left->open(old, context));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // no temporary file stays
}

TEST_F(SealingKeyFile, HasSoManyKeysAndNoMore) {
    ASSERT_TRUE(SealingKey::load_or_create(file(), random_));
    for (std::size_t keys = 1; keys < sealing_keys_max; ++keys)
        ASSERT_TRUE(SealingKey::add_key(file(), random_)) << keys;
    EXPECT_EQ(SealingKey::add_key(file(), random_).error().fault, Fault::conflict);
    EXPECT_EQ(SealingKey::load(file())->ids().size(), sealing_keys_max);
}

TEST_F(SealingKeyFile, WhatAChangeLeftBehindIsNoHindrance) {
    ASSERT_TRUE(SealingKey::load_or_create(file(), random_));
    std::ofstream(file().string() + ".new") << "half a key";
    ASSERT_TRUE(SealingKey::add_key(file(), random_));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(SealingKeyFile, OfManyWhoAddAKeyAtOnceNoneIsLost) {
    ASSERT_TRUE(SealingKey::load_or_create(file(), random_));
    std::atomic<std::size_t> added = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                SystemRandom random;
                const Result<SealingKey> keys = SealingKey::add_key(file(), random);
                if (keys)
                    ++added;
                else
                    EXPECT_EQ(keys.error().fault, Fault::conflict);
            });
    }
    EXPECT_GE(added, 1U);
    EXPECT_EQ(SealingKey::load(file())->ids().size(), added + 1);
}

TEST_F(SealingKeyFile, IsNotChangedWhenOthersCanUseIt) {
    write(std::string(32, 'k'), 0640);
    EXPECT_EQ(SealingKey::add_key(file(), random_).error().fault, Fault::denied);
    EXPECT_EQ(fs::file_size(file()), 32U);
    fs::remove(file());
    EXPECT_EQ(SealingKey::add_key(file(), random_).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace countersign::crypto
