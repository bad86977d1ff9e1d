#include "gateway/document_answer.h"

#include <gtest/gtest.h>

#include <limits>

#include "gateway/cbor_reader.h"
#include "generated/cloudwatch.h"
#include "generated/iam.h"

namespace countersign::gateway {
namespace {

void fill(AnswerWriter& answer) {
    answer.text("Text", "a\"b\n\u00e9");
    answer.flag("Flag", true);
    answer.whole("Least", std::numeric_limits<std::int64_t>::min());
    answer.whole("Most", std::numeric_limits<std::int64_t>::max());
    answer.real("Real", 0.25);
    answer.instant("Time", Instant(std::chrono::milliseconds(1'767'225'600'500)), TimeForm::seconds);
    answer.bytes("Bytes", std::string("\0\xff", 2));
    answer.open_list("List");
    answer.open_structure("member");
    answer.text("A", "");
    answer.close();
    answer.text("member", "second");
    answer.close();
    answer.open_list("Empty");
    answer.close();
    answer.open_map("Map");
    answer.open_entry("key", "Name of a key");
    answer.whole("value", 3);
    answer.close_entry();
    answer.open_entry("key", "Another");
    answer.open_structure("value");
    answer.close();
    answer.close_entry();
    answer.close();
    answer.secret("Password", "open");
}

TEST(DocumentAnswer, WritesJson) {
    JsonAnswer json;
    fill(json);
    EXPECT_EQ(std::move(json).finish(),
              "{\"Text\":\"a\\\"b\\u000A\u00e9\",\"Flag\":true,\"Least\":-9223372036854775808,"
              "\"Most\":9223372036854775807,\"Real\":0.25,\"Time\":1767225600.500,\"Bytes\":\"AP8=\","
              "\"List\":[{\"A\":\"\"},\"second\"],\"Empty\":[],\"Map\":{\"Name of a key\":3,\"Another\":{}},"
              "\"Password\":\"open\"}");
}

TEST(DocumentAnswer, WritesTheSameInCbor) {
    JsonAnswer json;
    CborAnswer cbor;
    fill(json);
    fill(cbor);
    const auto expected = formats::parse_json(std::move(json).finish());
    const auto read = parse_cbor(std::move(cbor).finish());
    ASSERT_TRUE(expected);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, *expected);
}

TEST(DocumentAnswer, ShowsARequestWithoutItsSecrets) {
    iam::api::CreateLoginProfileRequest input;
    input.UserName = "eva";
    input.Password = "Never-To-Be-Seen";
    JsonAnswer shown(Naming::lower_first);
    iam::api::ops::CreateLoginProfile::write_input(shown, input);
    EXPECT_EQ(std::move(shown).finish(), R"({"userName":"eva","password":"****"})");
    iam::api::EnableMFADeviceRequest device;
    device.AuthenticationCode1 = "123456";
    JsonAnswer codes(Naming::lower_first);
    iam::api::ops::EnableMFADevice::write_input(codes, device);
    EXPECT_EQ(std::move(codes).finish(), R"({"authenticationCode1":"****"})");
}

TEST(DocumentAnswer, WritesListsOfNumbersAndTimes) {
    cloudwatch::api::MetricDataResult result;
    result.Timestamps = {Instant(std::chrono::seconds(60))};
    result.Values = {2.0, 0.5};
    JsonAnswer json;
    cloudwatch::api::write_MetricDataResult(json, result);
    EXPECT_EQ(std::move(json).finish(), R"({"Timestamps":[60.000],"Values":[2,0.5],"Messages":[]})");
}

}  // namespace
}  // namespace countersign::gateway
