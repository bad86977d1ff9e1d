#include "formats/xz.h"

#include <gtest/gtest.h>
#include <lzma.h>

namespace countersign::formats {

namespace {

std::string packed(std::string_view text) {
    std::string bytes(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr,
                                      reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                      reinterpret_cast<std::uint8_t*>(bytes.data()), &size, bytes.size()),
              LZMA_OK);
    bytes.resize(size);
    return bytes;
}

}  // namespace

TEST(Xz, StreamsAreReadOneAtATime) {
    const std::string large(700'000, 'x');
    const std::string first = packed(large);
    const std::string both = first + packed("second");
    const auto one = read_xz_stream(both, large.size());
    ASSERT_TRUE(one);
    EXPECT_EQ(one->text, large);
    EXPECT_EQ(one->bytes, first.size());
    const auto two = read_xz_stream(std::string_view(both).substr(one->bytes), 6);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->text, "second");
    EXPECT_EQ(read_xz_stream(packed(""), 0)->text, "");
}

TEST(Xz, WhatIsDamagedOrTooLargeIsRefused) {
    const std::string bytes = packed(std::string(1000, 'x'));
    for (std::size_t kept = 0; kept < bytes.size(); ++kept)
        EXPECT_FALSE(read_xz_stream(bytes.substr(0, kept), 1000)) << kept;
    EXPECT_FALSE(read_xz_stream(bytes, 999));
    std::string damaged = bytes;
    damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 1);
    EXPECT_FALSE(read_xz_stream(damaged, 1000));
    EXPECT_FALSE(read_xz_stream("no xz at all", 1000));
}

}  // namespace countersign::formats
