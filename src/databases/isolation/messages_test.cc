#include "databases/isolation/messages.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace countersign::databases::isolation {
namespace {

TEST(Messages, BringWordsAndOpenFiles) {
    const auto pair = connected_pair();
    ASSERT_TRUE(pair);
    const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(send(pair->first.number(), {"one", "", "three"}, {null.number(), null.number()}));
    const std::optional<Message> message = receive(pair->second.number());
    ASSERT_TRUE(message);
    EXPECT_EQ(message->words, (std::vector<std::string>{"one", "", "three"}));
    ASSERT_EQ(message->descriptors.size(), 2U);
    EXPECT_NE(message->descriptors[0].number(), null.number());
    EXPECT_EQ(::fcntl(message->descriptors[1].number(), F_GETFD), FD_CLOEXEC);
}

TEST(Messages, WhatIsTooMuchIsNotSent) {
    const auto pair = connected_pair();
    ASSERT_TRUE(pair);
    EXPECT_FALSE(send(pair->first.number(), {std::string(70'000, 'x')}, {}));
    EXPECT_FALSE(send(pair->first.number(), {"x"}, {0, 0, 0, 0, 0}));
}

TEST(Messages, TheEndIsNoMessage) {
    auto pair = connected_pair();
    ASSERT_TRUE(pair);
    pair->first = Descriptor();
    EXPECT_FALSE(receive(pair->second.number()));
    EXPECT_FALSE(send(pair->second.number(), {"x"}, {}));
}

}  // namespace
}  // namespace countersign::databases::isolation
