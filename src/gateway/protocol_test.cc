#include "gateway/protocol.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "formats/json.h"
#include "gateway/document_parameters.h"

namespace countersign::gateway {
namespace {

http::Request request(std::string path, std::vector<http::Header> headers, std::string body = "") {
    return http::Request{"POST", std::move(path), std::move(headers), std::move(body), "127.0.0.1"};
}

formats::Parameters flat(std::string_view text) {
    const auto parameters = parameters_of_document(*formats::parse_json(text));
    return parameters ? *parameters : formats::Parameters{{"refused", parameters.error().code}};
}

using Pairs = formats::Parameters;

TEST(Protocol, ADocumentIsWhatQueryWouldHaveSent) {
    EXPECT_EQ(flat(R"({"Period":60,"On":true,"Off":false,"Half":0.5,"Time":1767225600.25,"None":null})"),
              (Pairs{{"Period", "60"},
                     {"On", "true"},
                     {"Off", "false"},
                     {"Half", "0.5"},
                     {"Time", "1767225600.25"},
                     {"None" + std::string(null_mark), ""}}));
    EXPECT_EQ(flat(R"({"Dimensions":[{"Name":"a","Value":"b"},{"Name":"c"}],"Empty":[]})"),
              (Pairs{{"Dimensions.member.1.Name", "a"},
                     {"Dimensions.member.1.Value", "b"},
                     {"Dimensions.member.2.Name", "c"},
                     {"Empty", ""}}));
    EXPECT_EQ(flat("{}"), Pairs{});
    for (const char* text : {"[]", "1", R"({"a.b":1})"})
        EXPECT_EQ(flat(text), (Pairs{{"refused", "SerializationException"}})) << text;
}

TEST(Protocol, ADocumentIsBounded) {
    formats::json::array many(limits::parameters_max + 1, formats::json::value(1));
    const auto parameters = parameters_of_document(formats::json::object{{"List", many}});
    EXPECT_FALSE(parameters);
    // A name is repeated for every item below it.
    const formats::json::array few(limits::parameters_max / 2, formats::json::value(1));
    EXPECT_TRUE(parameters_of_document(formats::json::object{{"List", few}}));
    EXPECT_FALSE(parameters_of_document(formats::json::object{{std::string(100'000, 'x'), few}}));
}

TEST(Protocol, IsToldByHeaders) {
    const auto json = request_head(request("/", {{"X-Amz-Target", "com.amazonaws.Trail_1.LookupEvents"}}));
    ASSERT_TRUE(json);
    EXPECT_EQ(json->protocol, Protocol::json);
    EXPECT_EQ(json->target, "com.amazonaws.Trail_1");
    EXPECT_EQ(json->action, "LookupEvents");
    const auto cbor = request_head(
        request("/service/Granite1/operation/ListMetrics", {{"smithy-protocol", "rpc-v2-cbor"}}));
    ASSERT_TRUE(cbor);
    EXPECT_EQ(cbor->protocol, Protocol::cbor);
    EXPECT_EQ(cbor->target, "Granite1");
    EXPECT_EQ(cbor->action, "ListMetrics");
    const auto query = request_head(request("/", {}, "Action=ListMetrics&Version=2010-08-01"));
    ASSERT_TRUE(query);
    EXPECT_EQ(query->protocol, Protocol::query);
    EXPECT_EQ(query->action, "ListMetrics");
}

TEST(Protocol, RefusesOtherPaths) {
    EXPECT_FALSE(request_head(request("/service/Granite1/operation", {{"smithy-protocol", "rpc-v2-cbor"}})));
    EXPECT_FALSE(request_head(request("/service/A/operation/B/C", {{"smithy-protocol", "rpc-v2-cbor"}})));
    EXPECT_FALSE(request_head(request("/other", {{"x-amz-target", "A.B"}})));
    EXPECT_FALSE(request_head(request("/other", {}, "Action=ListMetrics")));
}

TEST(Protocol, RestIsToldByMethodAndPath) {
    const http::Request rest = request("/policy/validation?maxResults=7", {}, R"({"policyDocument":"{}"})");
    const auto head = request_head(rest);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->protocol, Protocol::rest_json);
    EXPECT_EQ(head->action, "ValidatePolicy");
    const auto parameters = parameters_of(rest, *head);
    ASSERT_TRUE(parameters);
    EXPECT_EQ(*parameters, (Pairs{{"policyDocument", "{}"}, {"maxResults", "7"}}));
    const http::Response refused =
        failure(rest, Protocol::rest_json, api_error(Error{Fault::denied, "No."}, {}), {}, "id");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body, R"({"message":"No."})");
    EXPECT_EQ(refused.headers.back(), http::Header("x-amzn-ErrorType", "AccessDeniedException"));
}

TEST(Protocol, OfTwoActionsThereIsNone) {
    const auto head = request_head(request("/?Action=A", {}, "Action=B&Version=1"));
    ASSERT_TRUE(head);
    EXPECT_FALSE(head->action);
}

TEST(Protocol, ErrorsLookAsTheClientReadsThem) {
    const ApiError error = api_error(Error{Fault::denied, "No."}, {});
    const ServiceModel both{"1", "urn:x", "monitoring", "Granite1"};
    const ServiceModel documents{"1", "", "cloudtrail", "Trail1"};
    const http::Request plain = request("/", {});
    const http::Request translating = request("/", {{"x-amzn-query-mode", "true"}});

    EXPECT_EQ(failure(plain, Protocol::query, error, both, "id").status, 403);
    const http::Response json = failure(plain, Protocol::json, error, documents, "id");
    EXPECT_EQ(json.status, 400);
    EXPECT_EQ(json.body, R"({"__type":"AccessDeniedException","message":"No."})");
    const auto header = [](const http::Response& response) {
        for (const auto& [name, value] : response.headers)
            if (name == "x-amzn-query-error") return value;
        return std::string();
    };
    EXPECT_EQ(header(failure(translating, Protocol::json, error, both, "id")), "AccessDenied;Sender");
    EXPECT_EQ(header(failure(translating, Protocol::cbor, error, both, "id")), "AccessDenied;Sender");
    EXPECT_EQ(header(failure(translating, Protocol::json, error, documents, "id")), "");
    EXPECT_EQ(header(failure(plain, Protocol::json, error, both, "id")), "");
}

TEST(Protocol, QueryIsAnsweredInJsonWhereThatIsPreferred) {
    const auto told = [](const char* accept) { return protocol_of(request("/", {{"Accept", accept}})); };
    for (const char* accept : {"application/json", "application/json, text/plain, */*",
                               "Application/JSON;q=0.9", "text/html, application/json"})
        EXPECT_EQ(told(accept), Protocol::query_in_json) << accept;
    for (const char* accept :
         {"*/*", "text/xml", "application/xml, application/json", "application/x-json", ""})
        EXPECT_EQ(told(accept), Protocol::query) << accept;
    EXPECT_EQ(protocol_of(request("/", {{"Accept", "application/json"}, {"x-amz-target", "A.B"}})),
              Protocol::json);
    const auto head = request_head(request("/", {{"Accept", "application/json"}}, "Action=A&Version=1"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->protocol, Protocol::query);
}

TEST(Protocol, JsonOfQueryHasTheNamesOfItsElements) {
    const ServiceModel model{"1", "urn:x", "sts"};
    Answer answer(Protocol::query_in_json, model, "GetThingResult", "GetThing");
    AnswerWriter& writer = answer.writer();
    writer.open_list("Members");
    writer.open_structure("member");
    writer.text("Name", "a\"b");
    writer.instant("Made", Instant(std::chrono::milliseconds(1'767'225'600'250)), TimeForm::seconds);
    writer.close();
    writer.close();
    writer.flag("IsTruncated", false);
    writer.whole("Count", 1);
    EXPECT_EQ(std::move(answer).finish("id"),
              R"({"GetThingResponse":{"GetThingResult":{"Members":[{"Name":"a\"b","Made":1767225600.250}],)"
              R"("IsTruncated":false,"Count":1},"ResponseMetadata":{"RequestId":"id"}}})");
    Answer bare(Protocol::query_in_json, model, "", "DeleteThing");
    EXPECT_EQ(std::move(bare).finish("id"),
              R"({"DeleteThingResponse":{"ResponseMetadata":{"RequestId":"id"}}})");

    const http::Request plain = request("/", {{"Accept", "application/json"}});
    const ApiError error = api_error(Error{Fault::denied, "No."}, {});
    const http::Response refused = failure(plain, Protocol::query_in_json, error, model, "id");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body,
              R"({"Error":{"Code":"AccessDenied","Message":"No.","Type":"Sender"},"RequestId":"id"})");
    EXPECT_EQ(*std::ranges::find(refused.headers, "Content-Type", &http::Header::first),
              (http::Header{"Content-Type", "application/json"}));
}

TEST(Protocol, Ec2HasAFormOfItsOwn) {
    const ServiceModel ec2{"2016-11-15", "http://ec2.example/", "ec2", ""};
    Answer answer(Protocol::query, ec2, "", "DescribeVpcs");
    answer.writer().open_list("vpcSet");
    answer.writer().close();
    const std::string body = std::move(answer).finish("id");
    EXPECT_NE(
        body.find(
            "<DescribeVpcsResponse xmlns=\"http://ec2.example/\"><vpcSet></vpcSet><requestId>id</requestId></"
            "DescribeVpcsResponse>"),
        std::string::npos)
        << body;
    const ApiError denied = in_ec2_words(api_error(Error{Fault::denied, "No."}, {}));
    const http::Response refused = failure(request("/", {}), Protocol::query, denied, ec2, "id");
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find(
                  "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not "
                  "authorized to perform this operation. No.</Message></Error></Errors><RequestID>id<"),
              std::string::npos)
        << refused.body;
    EXPECT_EQ(in_ec2_words(ApiError{"InvalidVpcID.NotFound", 400, "m"}).code, "InvalidVpcID.NotFound");
}

}  // namespace
}  // namespace countersign::gateway
