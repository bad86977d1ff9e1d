#include "agent_api/client/identity.h"

#include <gtest/gtest.h>

namespace countersign::agent_api::client {
namespace {

TEST(EnrolmentToken, IsReadWithoutWhatIsAroundIt) {
    const EnrolmentToken token{"secret", std::string(64, 'a')};
    const std::string text = text_of(token);
    for (const std::string& wrapped : {text, text + '\n', " \t" + text + "\r\n", "\xEF\xBB\xBF" + text}) {
        const auto read = read_enrolment_token(wrapped);
        ASSERT_TRUE(read) << wrapped;
        EXPECT_EQ(text_of(*read), text);
    }
    EXPECT_FALSE(read_enrolment_token(text.substr(0, 10) + '\n' + text.substr(10) + 'x'));
    EXPECT_FALSE(read_enrolment_token(""));
}

}  // namespace
}  // namespace countersign::agent_api::client
