#include "databases/engines/local/control_file.h"

#include <gtest/gtest.h>

#include <cstring>

namespace countersign::databases::local {
namespace {

std::string control_of(std::size_t checksum_at, std::uint32_t version = 1300) {
    std::string control(8192, '\0');
    for (std::size_t i = 0; i < checksum_at; ++i) control[i] = static_cast<char>(i * 7 + 1);
    std::memcpy(control.data() + 8, &version, sizeof version);
    const std::uint32_t crc = crc32c(std::string_view(control).substr(0, checksum_at));
    std::memcpy(control.data() + checksum_at, &crc, sizeof crc);
    return control;
}

TEST(ControlFile, ItsChecksumIsCrc32c) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // the check value of CRC-32C
    EXPECT_EQ(crc32c(""), 0U);
}

// Version 1800, of PostgreSQL 18, has its nonce at 257.
TEST(ControlFile, TakesAnotherIdentityWhereverItsChecksumIs) {
    const Identity identity{0x0102030405060708U, std::string(nonce_bytes, 'n')};
    const struct {
        std::uint32_t version;
        std::size_t checksum_at;
        std::size_t nonce_at;
    } cases[] = {{1300, 288, 256}, {1300, 292, 260}, {1300, 296, 264}, {1800, 292, 257}};
    for (const auto& c : cases) {
        const std::size_t at = c.checksum_at;
        const std::string before = control_of(at, c.version);
        const Result<std::string> after = with_identity(before, identity);
        ASSERT_TRUE(after);
        EXPECT_EQ(std::memcmp(after->data(), &identity.system_identifier, 8), 0);
        EXPECT_EQ(after->substr(8, c.nonce_at - 8), before.substr(8, c.nonce_at - 8));
        EXPECT_EQ(after->substr(c.nonce_at, nonce_bytes), identity.nonce);
        std::uint32_t crc = 0;
        std::memcpy(&crc, after->data() + at, sizeof crc);
        EXPECT_EQ(crc, crc32c(after->substr(0, at)));
        EXPECT_EQ(after->size(), before.size());
    }
}

TEST(ControlFile, ADamagedOneIsRefused) {
    std::string damaged = control_of(288);
    damaged[100] ^= 1;
    EXPECT_FALSE(with_identity(damaged, {1, std::string(nonce_bytes, 'n')}));
    EXPECT_FALSE(with_identity("", {1, std::string(nonce_bytes, 'n')}));
    EXPECT_FALSE(with_identity(control_of(288), {1, "short"}));
}

TEST(ControlFile, AnIdentityHoldsTimeAndChance) {
    const std::string chance = std::string("\xFF\x0F\0\0\0\0\0\0", 8) + std::string(nonce_bytes, 'n');
    const Identity identity = make_identity(1'700'000'000'000'123, chance);
    EXPECT_EQ(identity.system_identifier >> 32, 1'700'000'000U);
    EXPECT_EQ((identity.system_identifier >> 12) & 0xFFFFF, 123U);
    EXPECT_EQ(identity.system_identifier & 0xFFF, 0xFFFU);
    EXPECT_EQ(identity.nonce, std::string(nonce_bytes, 'n'));
}

}  // namespace
}  // namespace countersign::databases::local
