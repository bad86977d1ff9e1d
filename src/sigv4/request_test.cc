#include "sigv4/request.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"

namespace countersign::sigv4 {

namespace {

constexpr std::string_view mismatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access "
    "Key and signing method. Consult the service documentation for details.";

Instant at(std::string_view basic_time) {
    return *formats::parse_basic_time(basic_time);
}

Result<void> judged(const http::Request& request, const Secret& secret, std::string_view service,
                    Instant now) {
    const SignedRequest parsed = TRY(parse_request(request));
    return parsed.verify(secret, service, now);
}

// "CODE: message" of the error, "" when there is none.
std::string error_of(const Result<void>& result) {
    return result ? "" : result.error().code + ": " + result.error().message;
}

constexpr std::string_view example_date = "20220127T001427Z";
const Secret example_secret("secret");
const Scope example_scope{"20220127", "us-east-1", "sts"};

// POST / with a body, and no signature yet.
http::Request plain_request() {
    return {.method = "POST",
            .target = "/",
            .headers = {{"Host", "sts.test"}, {"X-Amz-Date", std::string(example_date)}},
            .body = "Action=GetCallerIdentity&Version=2011-06-15",
            .peer = {}};
}

std::string signature_for(const http::Request& request, std::vector<std::string> signed_headers,
                          const Scope& scope = example_scope) {
    const std::string* const hash = request.header("x-amz-content-sha256");
    const SignableRequest signable{.method = request.method,
                                   .path = std::string(request.path()),
                                   .query = *formats::parse_query(request.query(), formats::Plus::literal),
                                   .headers = request.headers,
                                   .signed_headers = std::move(signed_headers),
                                   .payload_hash = hash ? *hash : crypto::sha256_hex(request.body)};
    return signature_of(derive_key(example_secret, scope),
                        string_to_sign(example_date, scope, canonical_request(signable)));
}

http::Request header_signed(http::Request request,
                            const std::vector<std::string>& signed_headers = {"host", "x-amz-date"}) {
    request.headers.emplace_back("Authorization",
                                 "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + example_scope.text() +
                                     ", SignedHeaders=" + joined(signed_headers, ";") +
                                     ", Signature=" + signature_for(request, signed_headers));
    return request;
}

// GET or POST with the signature in the query; `extra` comes first in the query and is signed.
http::Request presigned(const std::string& extra, const std::string& method = "GET",
                        const std::string& body = "") {
    http::Request request{.method = method,
                          .target = "/?" + extra,
                          .headers = {{"host", "sts.test"}},
                          .body = body,
                          .peer = {}};
    request.target += "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" +
                      formats::percent_encode("AKIDEXAMPLE/" + example_scope.text()) +
                      "&X-Amz-Date=" + std::string(example_date) + "&X-Amz-SignedHeaders=host";
    request.target += "&X-Amz-Signature=" + signature_for(request, {"host"});
    return request;
}

std::string error_at(const http::Request& request, std::string_view now = example_date) {
    return error_of(judged(request, example_secret, "sts", at(now)));
}

http::Request with(http::Request request, std::string name, std::string value) {
    request.headers.emplace_back(std::move(name), std::move(value));
    return request;
}

// The request with the first occurrence of a text in its Authorization header replaced.
http::Request altered(http::Request request, std::string_view from, std::string_view to) {
    std::string& authorization = request.headers.back().second;
    const std::size_t start = authorization.find(from);
    EXPECT_NE(start, std::string::npos) << from;
    authorization.replace(start, from.size(), to);
    return request;
}

TEST(Request, ClockWindow) {
    const http::Request request = header_signed(plain_request());
    EXPECT_EQ(error_at(request, "20220127T002927Z"), "");
    EXPECT_EQ(error_at(request, "20220126T235927Z"), "");
    EXPECT_EQ(
        error_at(request, "20220127T015928Z"),
        "SignatureDoesNotMatch: Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z "
        "(20220127T015928Z - 15 min.)");
    EXPECT_EQ(error_at(request, "20220126T235926Z"),
              "SignatureDoesNotMatch: Signature not yet current: 20220127T001427Z is still later than "
              "20220127T001426Z (20220126T235926Z + 15 min.)");
}

TEST(Request, PresignedUntilItExpires) {
    const http::Request hour = presigned("Action=GetCallerIdentity&X-Amz-Expires=3600");
    EXPECT_EQ(error_at(hour, "20220127T011427Z"), "");
    EXPECT_EQ(
        error_at(hour, "20220127T011428Z"),
        "SignatureDoesNotMatch: Signature expired: 20220127T001427Z is now earlier than 20220127T001428Z "
        "(20220127T011428Z - 60 min.)");
    EXPECT_NE(error_at(presigned("X-Amz-Expires=10"), "20220127T001438Z").find(" - 10 s)"),
              std::string::npos);
    EXPECT_EQ(error_at(presigned("Action=x"), "20220127T002927Z"), "");
    EXPECT_NE(error_at(presigned("Action=x"), "20220127T002928Z"), "");
    EXPECT_NE(error_at(hour, "20220126T235926Z").find("Signature not yet current"), std::string::npos);
}

TEST(Request, PresignedMayBeAPostWithItsBody) {
    http::Request request = presigned("X-Amz-Expires=60", "POST", "Action=GetCallerIdentity");
    EXPECT_EQ(error_at(request), "");
    request.body += "&X=1";
    EXPECT_EQ(error_at(request), "SignatureDoesNotMatch: " + std::string(mismatch));
}

TEST(Request, PresignedParametersAreThereOnceAndWhole) {
    const std::string missing =
        "IncompleteSignature: AWS query-string parameters must include 'X-Amz-Algorithm', "
        "'X-Amz-Credential', "
        "'X-Amz-Signature', 'X-Amz-SignedHeaders' and 'X-Amz-Date'. Re-examine the query-string parameters.";
    const std::string range =
        "IncompleteSignature: X-Amz-Expires must be a whole number of seconds between 1 and 604800.";
    EXPECT_EQ(error_at(presigned("X-Amz-Expires=604800")), "");
    for (const std::string value : {"0", "604801", "-1", "60s", "", "99999999999"})
        EXPECT_EQ(error_at(presigned("X-Amz-Expires=" + value)), range) << value;
    for (const std::string name :
         {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
        EXPECT_EQ(error_at(presigned(name + "=x")),
                  "IncompleteSignature: The query parameter " + name + " is there more than once.");
        http::Request request = presigned("Action=x");
        request.target.replace(request.target.find(name + "="), name.size(), "X");
        EXPECT_EQ(error_at(request), missing) << name;
    }
    EXPECT_EQ(error_at(presigned("X-Amz-Security-Token=a&X-Amz-Security-Token=b")),
              "IncompleteSignature: The query parameter X-Amz-Security-Token is there more than once.");
    EXPECT_EQ(error_at(with(presigned("X-Amz-Security-Token=a"), "X-Amz-Security-Token", "a")),
              "IncompleteSignature: The session token is both in the query and in a header.");
    http::Request broken = presigned("Action=x");
    broken.target += "%zz";
    EXPECT_EQ(error_at(broken), "MalformedQueryString: The query string contains a syntax error.");
}

TEST(Request, EitherHeaderOrQuerySigns) {
    EXPECT_EQ(error_at(plain_request()),
              "MissingAuthenticationToken: Request is missing Authentication Token");
    const std::string both =
        "SignatureDoesNotMatch: A request is signed either by an Authorization header or by query "
        "parameters.";
    EXPECT_EQ(error_at(with(presigned("Action=x"), "Authorization", "")), both);
    http::Request request = plain_request();
    request.target = "/?X-Amz-Security-Token=x";
    EXPECT_EQ(error_at(header_signed(request)), both);
}

TEST(Request, MalformedAuthorization) {
    struct Case {
        std::string from, to, error;
    };
    const std::string order =
        "IncompleteSignature: SignedHeaders must be lower-case names in alphabetical order.";
    const std::string five =
        "IncompleteSignature: Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term";
    const std::string stray =
        "IncompleteSignature: The Authorization header has a part that is empty or does not belong in it.";
    const std::vector<Case> cases = {
        {"AWS4-HMAC-SHA256", "Bearer", "IncompleteSignature: Unsupported AWS 'algorithm'."},
        {"AWS4-HMAC-SHA256", "aws4-hmac-sha256", "IncompleteSignature: Unsupported AWS 'algorithm'."},
        {"Signature=", "Signature=,Signature=", stray},
        {"Credential=", "Credential=x, Credential=",
         "IncompleteSignature: The Authorization header has a part more than once."},
        {", ", ", Extra=1, ", stray},
        {", ", ",, ", stray},
        {"Credential=", "Credential", stray},
        {"host;x-amz-date", "x-amz-date;host", order},
        {"host;x-amz-date", "host;host;x-amz-date", order},
        {"host;x-amz-date", "Host;x-amz-date", order},
        {"host;x-amz-date", "host;x-amz-date;", order},
        {"/us-east-1", "", five},
        {"/aws4_request", "/aws4_request/", five},
        {"AKIDEXAMPLE", "", "InvalidClientTokenId: The security token included in the request is invalid."},
        {"AKIDEXAMPLE", "AKID<EXAMPLE",
         "IncompleteSignature: The credential has a character that does not belong in it."},
    };
    for (const Case& one : cases)
        EXPECT_EQ(error_at(altered(header_signed(plain_request()), one.from, one.to)), one.error) << one.to;
    EXPECT_EQ(
        error_at(with(plain_request(), "Authorization", "AWS4-HMAC-SHA256")),
        "IncompleteSignature: The Authorization header has a part that is empty or does not belong in it.");
    EXPECT_EQ(
        error_at(with(plain_request(), "Authorization", "AWS4-HMAC-SHA256 Signature=x")),
        "IncompleteSignature: Authorization header requires 'Credential' parameter. Authorization header "
        "requires 'SignedHeaders' parameter.");
}

TEST(Request, WrongScope) {
    struct Case {
        std::string from, to, message;
    };
    const std::vector<Case> cases = {
        {"/sts/", "/rds/", "Credential should be scoped to correct service: 'sts'"},
        {"aws4_request", "aws5_request",
         "Credential should be scoped with a valid terminator: 'aws4_request'"},
        {"/20220127/", "/20220128/",
         "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
         "'20220128' != "
         "'20220127', from '20220127T001427Z'."},
        {"us-east-1", "us-east-2", std::string(mismatch)},
    };
    for (const Case& one : cases)
        EXPECT_EQ(error_at(altered(header_signed(plain_request()), one.from, one.to)),
                  "SignatureDoesNotMatch: " + one.message);
}

TEST(Request, HeadersThatMustBeSigned) {
    const http::Request request = header_signed(plain_request());
    const std::string not_signed =
        "SignatureDoesNotMatch: There were headers present in the request which were not signed.";
    EXPECT_EQ(error_at(with(request, "User-Agent", "x")), "");
    EXPECT_EQ(error_at(with(request, "X-Amz-Security-Token", "x")), not_signed);
    EXPECT_EQ(error_at(with(request, "X-Amz-Extra", "x")), not_signed);
    EXPECT_EQ(error_at(header_signed(plain_request(), {"host"})), not_signed);
    EXPECT_EQ(error_at(header_signed(plain_request(), {"x-amz-date"})),
              "SignatureDoesNotMatch: 'Host' must be a 'SignedHeader' in the AWS Authorization.");
    EXPECT_EQ(error_at(header_signed(plain_request(), {"absent", "host", "x-amz-date"})),
              "SignatureDoesNotMatch: " + std::string(mismatch));
}

TEST(Request, HeadersThatMayBeThereOnlyOnce) {
    const http::Request request = header_signed(plain_request());
    for (const std::string name :
         {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}) {
        const std::string value = request.header(name) ? *request.header(name) : "a";
        http::Request twice = with(request, name, value);
        if (!request.header(name)) twice = with(twice, name, value);
        EXPECT_EQ(error_at(twice), "IncompleteSignature: The header " + name + " is there more than once.");
    }
}

TEST(Request, ValuesAreFoldedAndJoined) {
    http::Request request = with(with(plain_request(), "X-Custom", "  a \t b  "), "x-custom", "c");
    request = header_signed(request, {"host", "x-amz-date", "x-custom"});
    EXPECT_EQ(error_at(request), "");
    request.headers[2].second = "a b";
    EXPECT_EQ(error_at(request), "");
    request.headers[2].second = "a b,c";
    request.headers.erase(request.headers.begin() + 3);
    EXPECT_EQ(error_at(request), "");
    request.headers[2].second = "ab,c";
    EXPECT_EQ(error_at(request), "SignatureDoesNotMatch: " + std::string(mismatch));
}

TEST(Request, ContentHashIsThatOfTheBody) {
    const std::vector<std::string> names = {"host", "x-amz-content-sha256", "x-amz-date"};
    const std::string hash = crypto::sha256_hex(plain_request().body);
    http::Request request = header_signed(with(plain_request(), "X-Amz-Content-Sha256", hash), names);
    EXPECT_EQ(error_at(request), "");
    const std::string differs =
        "SignatureDoesNotMatch: The provided 'x-amz-content-sha256' header does not match what was computed.";
    request.body += "&X=1";
    EXPECT_EQ(error_at(request), differs);
    EXPECT_EQ(
        error_at(header_signed(with(plain_request(), "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), names)),
        differs);
}

TEST(Request, WhatIsSignedCannotChange) {
    const http::Request request = header_signed(plain_request());
    const std::string refused = "SignatureDoesNotMatch: " + std::string(mismatch);
    http::Request changed = request;
    changed.method = "PUT";
    EXPECT_EQ(error_at(changed), refused);
    changed = request;
    changed.target = "/other";
    EXPECT_EQ(error_at(changed), refused);
    changed = request;
    changed.target = "/?Action=DeleteUser";
    EXPECT_EQ(error_at(changed), refused);
    changed = request;
    changed.body = "Action=DeleteUser";
    EXPECT_EQ(error_at(changed), refused);
    EXPECT_EQ(error_of(judged(request, Secret("other"), "sts", at(example_date))), refused);
    EXPECT_EQ(error_at(altered(request, "Signature=", "Signature=0")), refused);
}

TEST(Request, NeedsADateInBasicFormat) {
    http::Request request = plain_request();
    request.headers[1].second = "2022-01-27T00:14:27Z";
    EXPECT_EQ(error_at(header_signed(request)),
              "IncompleteSignature: Date must be in ISO-8601 'basic format'.");
    request.headers.pop_back();
    EXPECT_EQ(error_at(header_signed(request, {"host"})),
              "IncompleteSignature: Authorization header requires existence of a 'X-Amz-Date' header.");
}

}  // namespace

}  // namespace countersign::sigv4
