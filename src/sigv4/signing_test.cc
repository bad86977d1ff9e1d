#include "sigv4/signing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "../../tests/vectors.h"
#include "base/text.h"
#include "formats/encoding.h"

namespace countersign::sigv4 {

namespace {

namespace json = boost::json;
using testing::read_vectors;
using testing::text_of;

// The request that a line of the public suites signs. Which headers are signed is read from the canonical
// request: its last line but one.
SignableRequest signable_of(const json::object& line) {
    const json::object& request = line.at("signed").as_object();
    const std::string canonical = text_of(line, "canonical_request");
    const std::vector<std::string_view> lines = split(canonical, '\n');
    SignableRequest signable;
    signable.method = text_of(request, "method");
    signable.path = text_of(request, "path");
    signable.payload_hash = std::string(lines.back());
    for (const std::string_view name : split(lines[lines.size() - 2], ';'))
        signable.signed_headers.emplace_back(name);
    for (const json::value& header : request.at("headers").as_array()) {
        const json::array& pair = header.as_array();
        signable.headers.emplace_back(std::string(pair.at(0).as_string()),
                                      std::string(pair.at(1).as_string()));
    }
    signable.query = *formats::parse_query(text_of(request, "query"), formats::Plus::literal);
    const bool late_token = line.at("omit_session_token").as_bool();
    std::erase_if(signable.query, [&](const formats::Parameter& parameter) {
        return parameter.first == "X-Amz-Signature" ||
               (late_token && parameter.first == "X-Amz-Security-Token");
    });
    return signable;
}

TEST(Signing, AgreesWithThePublicSuites) {
    const auto lines = read_vectors("sigv4-vectors.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no sigv4-vectors.jsonl";
    for (const json::object& line : lines) {
        SCOPED_TRACE(text_of(line, "id"));
        const PathRule rule = line.at("normalize_path").as_bool() ? PathRule::normalize : PathRule::keep;
        const std::string canonical = canonical_request(signable_of(line), rule);
        EXPECT_EQ(canonical, text_of(line, "canonical_request"));

        const std::string date = text_of(line, "date");
        const Scope scope{date.substr(0, 8), text_of(line, "region"), text_of(line, "service")};
        const std::string to_sign = string_to_sign(date, scope, canonical);
        EXPECT_EQ(to_sign, text_of(line, "string_to_sign"));

        const Secret secret(text_of(line.at("credentials").as_object(), "secret_access_key"));
        EXPECT_EQ(signature_of(derive_key(secret, scope), to_sign), text_of(line, "signature"));
    }
}

// The example of AWS's page "Deriving a signing key".
TEST(Signing, DerivesTheKeyOfTheGuide) {
    const Scope scope{"20150830", "us-east-1", "iam"};
    EXPECT_EQ(formats::hex(derive_key(Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), scope).reveal()),
              "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(Signing, SortsTheQueryByEncodedNameThenValue) {
    EXPECT_EQ(canonical_query({}), "");
    EXPECT_EQ(canonical_query({{"b", "2"}, {"a", "z"}, {"a", "b c"}, {"a-b", "1"}, {"B", "~/+"}}),
              "B=~%2F%2B&a=b%20c&a=z&a-b=1&b=2");
    EXPECT_EQ(canonical_query({{"empty", ""}}), "empty=");
}

TEST(Signing, MakesPathsCanonical) {
    struct Case {
        std::string path, normalized, kept;
    };
    const std::vector<Case> cases = {
        {"", "/", "/"},
        {"/", "/", "/"},
        {"/a%2Fb", "/a%252Fb", "/a%2Fb"},
        {"/../../x/", "/x/", "/../../x/"},
        {"/a/./b//c", "/a/b/c", "/a/./b//c"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.path);
        const SignableRequest request{.method = "GET",
                                      .path = one.path,
                                      .query = {},
                                      .headers = {},
                                      .signed_headers = {},
                                      .payload_hash = "-"};
        EXPECT_EQ(canonical_request(request, PathRule::normalize), "GET\n" + one.normalized + "\n\n\n\n-");
        EXPECT_EQ(canonical_request(request, PathRule::keep), "GET\n" + one.kept + "\n\n\n\n-");
    }
}

TEST(Signing, SplitsCredentials) {
    const Result<CredentialName> named =
        parse_credential("AKIDEXAMPLE/20260101/us-east-1/rds-db/aws4_request");
    ASSERT_TRUE(named);
    EXPECT_EQ(named->access_key_id, "AKIDEXAMPLE");
    EXPECT_EQ(named->scope, (Scope{"20260101", "us-east-1", "rds-db"}));
    EXPECT_EQ(named->scope.text(), "20260101/us-east-1/rds-db/aws4_request");
}

TEST(Signing, RefusesMalformedCredentials) {
    const std::string long_id(129, 'A');
    for (const std::string& text : {
             std::string(),
             std::string("AKID"),
             std::string("AKID/20260101/us-east-1/rds-db"),
             std::string("AKID/20260101/us-east-1/rds-db/aws5_request"),
             std::string("AKID/20260101/us-east-1/rds-db/aws4_request/"),
             std::string("/20260101/us-east-1/rds-db/aws4_request"),
             std::string("AKID//us-east-1/rds-db/aws4_request"),
             std::string("AKID/20260101//rds-db/aws4_request"),
             std::string("AKID/20260101/us-east-1//aws4_request"),
             std::string("AK ID/20260101/us-east-1/rds-db/aws4_request"),
             std::string("AKID/20260101/us-east-1/rds-db /aws4_request"),
             std::string("AKID/20260101/us\neast-1/rds-db/aws4_request"),
             long_id + "/20260101/us-east-1/rds-db/aws4_request",
         }) {
        SCOPED_TRACE(text);
        const Result<CredentialName> named = parse_credential(text);
        ASSERT_FALSE(named);
        EXPECT_EQ(named.error().fault, Fault::invalid);
    }
}

}  // namespace

}  // namespace countersign::sigv4
