#include "http/answer.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

Instant at_second(std::int64_t seconds) {
    return Instant(std::chrono::seconds(seconds));
}

TEST(HttpDate, IsThatOfTheRfc) {
    EXPECT_EQ(http_date(at_second(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(at_second(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(at_second(951782399) + std::chrono::milliseconds(999)),
              "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(http_date(at_second(951782400)), "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(AnswerBytes, HaveTheServersOwnHeadersOnce) {
    const Response response{
        200, {{"Content-Type", "text/xml"}, {"content-length", "99"}, {"DATE", "x"}}, "abc"};
    EXPECT_EQ(answer_bytes(response, {false, false, at_second(784111777)}),
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: Countersign\r\n"
              "Content-Type: text/xml\r\nContent-Length: 3\r\n\r\nabc");
}

TEST(AnswerBytes, ToHeadHaveTheLengthWithoutTheBody) {
    const std::string bytes = answer_bytes({200, {}, "abc"}, {true, true, at_second(0)});
    EXPECT_NE(bytes.find("Content-Length: 3\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
}

TEST(AnswerBytes, WithoutContentHaveNoLength) {
    for (const int status : {204, 304}) {
        const std::string bytes = answer_bytes({status, {}, "abc"}, {false, false, at_second(0)});
        EXPECT_EQ(bytes.find("Content-Length"), std::string::npos) << status;
        EXPECT_TRUE(bytes.ends_with("\r\n\r\n")) << status;
    }
}

TEST(AnswerBytes, KeepRepeatedHeaders) {
    const std::string bytes =
        answer_bytes({200, {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}, ""}, {false, false, at_second(0)});
    EXPECT_NE(bytes.find("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"), std::string::npos);
}

TEST(Sendable, RefusesWhatWouldEndAHeaderEarly) {
    EXPECT_TRUE(is_sendable({200, {{"X-Amzn-RequestId", "a b\tc"}}, "\r\n\0"}));
    EXPECT_FALSE(is_sendable({200, {{"Location", "/\r\nSet-Cookie: a=1"}}, ""}));
    EXPECT_FALSE(is_sendable({200, {{"Location", "/\n"}}, ""}));
    EXPECT_FALSE(is_sendable({200, {{"Lo cation", "/"}}, ""}));
    EXPECT_FALSE(is_sendable({200, {{"", "/"}}, ""}));
    for (const int status : {-1, 0, 100, 199, 600, 1000})
        EXPECT_FALSE(is_sendable({status, {}, ""})) << status;
}

}  // namespace
}  // namespace countersign::http
