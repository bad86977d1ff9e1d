#include "sigv4/token.h"

#include <gtest/gtest.h>

#include <set>

#include "../../tests/vectors.h"
#include "base/limits.h"
#include "base/text.h"
#include "formats/encoding.h"
#include "formats/iso_time.h"

namespace countersign::sigv4 {

namespace {

namespace json = boost::json;
using testing::read_vectors;
using testing::text_of;

std::string token_of(const json::object& line) {
    if (!line.contains("token_b64")) return text_of(line, "token");
    return *formats::from_base64(text_of(line, "token_b64"));
}

TokenTarget target_of(const json::object& line) {
    return {text_of(line, "host"), static_cast<std::uint16_t>(line.at("port").as_int64()),
            text_of(line, "region"), text_of(line, "db_user")};
}

Credentials credentials_of(const json::object& line) {
    return {text_of(line, "access_key_id"), Secret(text_of(line, "secret_access_key")),
            text_of(line, "session_token")};
}

// Who asks: the database that the token is for, the key that is known, and the time.
struct Question {
    TokenTarget target;
    Credentials credentials;
    Instant now;
};

Question question_of(const json::object& line) {
    return {target_of(line), credentials_of(line), *formats::parse_extended_time(text_of(line, "now"))};
}

// What a login refuses for; "" when it accepts.
std::string refusal(std::string_view text, const Question& question) {
    const Result<PresentedToken> token = parse_token(text);
    const auto& [target, credentials, now] = question;
    if (!token) return token.error().message;
    if (token->db_user() != target.db_user) return "user";
    if (lower(token->host()) != lower(target.host) || token->port() != target.port) return "endpoint";
    if (token->scope().region != target.region) return "region";
    if (now > token->expires_at()) return "expired";
    if (token->signed_at() > now + limits::token_future_skew_max) return "future";
    if (token->access_key_id() != credentials.access_key_id) return "key";
    if (token->session_token() != credentials.session_token) return "session token";
    const Secret key = derive_key(credentials.secret_access_key, token->scope());
    return token->signed_by(key) ? "" : "signature";
}

TEST(TokenCorpus, GenuineTokensAreAccepted) {
    const auto lines = read_vectors("tokens.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no tokens.jsonl";
    for (const json::object& line : lines) {
        SCOPED_TRACE(text_of(line, "id"));
        EXPECT_EQ(refusal(token_of(line), question_of(line)), "");
    }
}

TEST(TokenCorpus, MakeTokenEqualsBotocore) {
    const auto lines = read_vectors("tokens.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no tokens.jsonl";
    int compared = 0;
    for (const json::object& line : lines) {
        if (text_of(line, "generator") != "botocore") continue;
        SCOPED_TRACE(text_of(line, "id"));
        const Instant signed_at = *formats::parse_extended_time(text_of(line, "signed_at"));
        EXPECT_EQ(make_token(target_of(line), credentials_of(line), signed_at), token_of(line));
        ++compared;
    }
    EXPECT_GT(compared, 0);
}

// Where the corpus leaves the answer open, these are accepted and all others refused: a host in another case
// is the same host, the Go SDK writes no slash before the '?', and the clock is given a little slack.
bool accepted_of_the_ambiguous(const json::object& line) {
    const std::string tamper = text_of(line, "tamper");
    if (tamper == "host-case-prefix" || tamper == "expired-boundary") return true;
    if (tamper == "path-changed")
        return token_of(line).find("/?") == std::string::npos &&
               token_of(line).find("/.?") == std::string::npos;
    if (tamper != "future-date-within-skew") return false;
    const Instant signed_at =
        *formats::parse_basic_time(token_of(line).substr(token_of(line).find("X-Amz-Date=") + 11, 16));
    return signed_at - question_of(line).now <= limits::token_future_skew_max;
}

TEST(TokenCorpus, SpoiltTokensAreRefused) {
    const auto lines = read_vectors("tokens-bad.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no tokens-bad.jsonl";
    for (const json::object& line : lines) {
        const std::string expected = text_of(line, "expected");
        const bool accept = expected == "ambiguous" ? accepted_of_the_ambiguous(line) : expected == "valid";
        const std::string refused = refusal(token_of(line), question_of(line));
        EXPECT_EQ(refused.empty(), accept) << text_of(line, "id") << " " << text_of(line, "tamper") << ", "
                                           << text_of(line, "detail") << ": " << refused;
    }
}

TEST(TokenCorpus, NoNibbleOfASignatureMayDiffer) {
    const auto lines = read_vectors("tokens.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no tokens.jsonl";
    std::set<std::string> seen;  // one of each generator
    for (const json::object& line : lines) {
        if (!seen.insert(text_of(line, "generator")).second) continue;
        SCOPED_TRACE(text_of(line, "id"));
        const std::string token = token_of(line);
        const std::size_t start = token.find("X-Amz-Signature=") + 16;
        for (std::size_t at = start; at < start + 64; ++at)
            for (const char digit : std::string_view("0123456789abcdef")) {
                if (digit == token[at]) continue;
                std::string flipped = token;
                flipped[at] = digit;
                EXPECT_EQ(refusal(flipped, question_of(line)), "signature");
            }
    }
}

TEST(TokenCorpus, NoTruncatedTokenIsAccepted) {
    const auto lines = read_vectors("tokens.jsonl");
    if (lines.empty()) GTEST_SKIP() << "no tokens.jsonl";
    std::set<std::string> seen;
    for (const json::object& line : lines) {
        if (!seen.insert(text_of(line, "generator")).second) continue;
        const std::string token = token_of(line);
        for (std::size_t length = 0; length < token.size(); ++length) {
            EXPECT_NE(refusal(token.substr(0, length), question_of(line)), "") << length;
            EXPECT_NE(refusal(token.substr(length + 1), question_of(line)), "") << length;
        }
    }
}

// One token that every spoiling below starts from.
Question example() {
    return {{"Db-1.example.test", 5432, "eu-west-1", "jane doe"},
            {"AKIDEXAMPLE", Secret("secret"), "Session+Token=="},
            *formats::parse_basic_time("20260101T000000Z")};
}

std::string example_token() {
    const Question question = example();
    return make_token(question.target, question.credentials, question.now);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Token, SaysWhatIsWrongAndNothingOfTheToken) {
    struct Case {
        std::string from, to, sentence;
    };
    const std::vector<Case> cases = {
        {"?", "", "the token has no '?' after host and port"},
        {"Action=", "x\n=", "the token holds a byte that is not a printable ASCII character"},
        {"Action=", "#", "the token has a fragment"},
        {":5432", "", "the token names no port before its '?'"},
        {":5432", ":0", "the port of the token is not a number between 1 and 65535"},
        {":5432", ":05432", "the port of the token is not a number between 1 and 65535"},
        {":5432", ":65536", "the port of the token is not a number between 1 and 65535"},
        {"Db-1", "https://Db-1", "the host of the token is not a host name or an address"},
        {"Db-1", "me@Db-1", "the host of the token is not a host name or an address"},
        {"Db-1", "//Db-1", "the host of the token is not a host name or an address"},
        {"Db-1", "[Db-1", "the host of the token is not a host name or an address"},
        {"/?", "//?", "the port of the token is not a number between 1 and 65535"},
        {"Action=", "X-Extra=1&Action=", "the token has a parameter that does not belong in it"},
        {"Action=", "&Action=", "the token has a parameter that does not belong in it"},
        {"Action=", "Act%69on=", "the token has a parameter that does not belong in it"},
        {"Action=", "Action=connect&Action=", "Action is there more than once"},
        {"DBUser=jane%20doe&", "", "DBUser is missing"},
        {"%20doe", "%2", "DBUser is not well percent-encoded"},
        {"%20doe", "%FF", "DBUser is not UTF-8"},
        {"jane%20doe", "", "DBUser is empty"},
        {"connect", "Connect", "Action is not connect"},
        {"HMAC-SHA256", "HMAC-SHA1", "X-Amz-Algorithm is not AWS4-HMAC-SHA256"},
        {"Headers=host", "Headers=host%3Bx", "X-Amz-SignedHeaders is not host"},
        {"Session%2BToken%3D%3D", "", "X-Amz-Security-Token is empty"},
        {"Signature=", "Signature=A", "X-Amz-Signature is not 64 lower-case hex digits"},
        {"T000000Z", "T240000Z", "X-Amz-Date is not a time of the form YYYYMMDDTHHMMSSZ"},
        {"Expires=900", "Expires=901", "X-Amz-Expires is not a whole number between 1 and 900"},
        {"Expires=900", "Expires=0", "X-Amz-Expires is not a whole number between 1 and 900"},
        {"Expires=900", "Expires=0900", "X-Amz-Expires is not a whole number between 1 and 900"},
        {"Expires=900", "Expires=9e2", "X-Amz-Expires is not a whole number between 1 and 900"},
        {"Expires=900", "Expires=4294967297", "X-Amz-Expires is not a whole number between 1 and 900"},
        {"aws4_request", "aws4",
         "X-Amz-Credential does not have the form key/date/region/rds-db/aws4_request"},
        {"rds-db", "rds", "X-Amz-Credential is scoped to another service than rds-db"},
        {"%2F20260101", "%2F20260102", "X-Amz-Credential is scoped to another date than X-Amz-Date's"},
    };
    for (const Case& one : cases) {
        const Result<PresentedToken> token = parse_token(replaced(example_token(), one.from, one.to));
        ASSERT_FALSE(token) << one.to;
        EXPECT_EQ(token.error().message, one.sentence) << one.to;
        EXPECT_EQ(token.error().fault, Fault::invalid);
    }
}

TEST(Token, LongerThanTheLimitIsRefused) {
    Question question = example();
    question.credentials.session_token.clear();
    const std::size_t rest = make_token(question.target, question.credentials, question.now).size();
    question.credentials.session_token.assign(
        limits::token_bytes_max - rest - std::string_view("&X-Amz-Security-Token=").size(), 'a');
    const std::string longest = make_token(question.target, question.credentials, question.now);
    EXPECT_EQ(longest.size(), limits::token_bytes_max);
    EXPECT_EQ(refusal(longest, question), "");
    question.credentials.session_token += 'a';
    EXPECT_EQ(refusal(make_token(question.target, question.credentials, question.now), question),
              "the token is longer than 65535 bytes");
}

TEST(Token, HasItsParts) {
    const Result<PresentedToken> token = parse_token(example_token());
    ASSERT_TRUE(token);
    EXPECT_EQ(token->host(), "Db-1.example.test");
    EXPECT_EQ(token->port(), 5432);
    EXPECT_EQ(token->db_user(), "jane doe");
    EXPECT_EQ(token->access_key_id(), "AKIDEXAMPLE");
    EXPECT_EQ(token->scope(), (Scope{"20260101", "eu-west-1", "rds-db"}));
    EXPECT_EQ(token->session_token(), "Session+Token==");
    EXPECT_EQ(token->signed_at(), example().now);
    EXPECT_EQ(token->expires_at(), example().now + std::chrono::minutes(15));
}

TEST(Token, HarmlessChangesAreAccepted) {
    const std::string token = example_token();
    EXPECT_EQ(refusal(replaced(token, "/?", "?"), example()), "");
    EXPECT_EQ(refusal(replaced(token, "jane%20doe", "%6aane%20do%65"), example()), "");
    EXPECT_EQ(refusal(replaced(token, "%2F20260101", "%2f20260101"), example()), "");
    EXPECT_EQ(refusal(replaced(token, "%2F20260101", "/20260101"), example()), "");
    EXPECT_EQ(refusal(replaced(token, "Db-1", "DB-1"), example()), "");
    const std::string reordered = replaced(token, "Action=connect&", "") + "&Action=connect";
    EXPECT_EQ(refusal(reordered, example()), "");
}

// A plus is a plus: only %20 is a blank.
TEST(Token, PlusIsNoBlank) {
    Question question = example();
    EXPECT_EQ(refusal(replaced(example_token(), "jane%20doe", "jane+doe"), question), "user");
    question.target.db_user = "jane+doe";
    const std::string token = make_token(question.target, question.credentials, question.now);
    EXPECT_EQ(refusal(replaced(token, "jane%2Bdoe", "jane+doe"), question), "");
}

// The token of a generator that signs the given host, whatever the text says.
std::string token_signed_for(const std::string& signed_host, const Question& question) {
    const std::string token = make_token(question.target, question.credentials, question.now);
    const std::string unsigned_part = token.substr(0, token.find("&X-Amz-Signature="));
    const SignableRequest request{
        .method = "GET",
        .path = "/",
        .query =
            *formats::parse_query(unsigned_part.substr(unsigned_part.find('?') + 1), formats::Plus::literal),
        .headers = {{"Host", signed_host}},
        .signed_headers = {"host"},
        .payload_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
    const std::string date = formats::basic_time(question.now);
    const Scope scope{date.substr(0, 8), question.target.region, "rds-db"};
    const Secret key = derive_key(question.credentials.secret_access_key, scope);
    return unsigned_part +
           "&X-Amz-Signature=" + signature_of(key, string_to_sign(date, scope, canonical_request(request)));
}

TEST(Token, SignedHostsOfEveryGenerator) {
    struct Case {
        std::string host;
        std::uint16_t port;
        std::string signed_host, refused;
    };
    const std::vector<Case> cases = {
        {"MyDB.test", 5432, "MyDB.test:5432", ""},
        {"MyDB.test", 5432, "mydb.test:5432", ""},
        {"MyDB.test", 5432, "MYDB.TEST:5432", "signature"},
        {"MyDB.test", 5432, "MyDB.test", "signature"},
        {"MyDB.test", 443, "mydb.test", ""},
        {"MyDB.test", 443, "MyDB.test:443", ""},
        {"MyDB.test", 80, "MyDB.test", "signature"},
        {"MyDB.test", 80, "mydb.test", "signature"},
        {"MyDB.test", 80, "mydb.test:80", ""},
        {"MyDB.test", 80, "mydb.test:443", "signature"},
        {"mydb.test", 5432, "evil.test:5432", "signature"},
        {"[2001:db8::1]", 5432, "[2001:db8::1]:5432", ""},
        {"[2001:DB8::1]", 5432, "[2001:db8::1]:5432", ""},
        {"10.0.0.1", 5432, "10.0.0.1:5432", ""},
        {"db_1", 1, "db_1:1", ""},
    };
    for (const Case& one : cases) {
        Question question = example();
        question.target.host = one.host;
        question.target.port = one.port;
        EXPECT_EQ(refusal(token_signed_for(one.signed_host, question), question), one.refused)
            << one.host << ":" << one.port << " signed as " << one.signed_host;
    }
}

TEST(Token, IsOfADateThatItsTimeAllows) {
    const auto can = [](const char* date, const char* now) {
        return can_be_of(date, *formats::parse_basic_time(now));
    };
    EXPECT_TRUE(can("20260101", "20260101T120000Z"));
    EXPECT_FALSE(can("20260102", "20260101T235459Z"));
    EXPECT_TRUE(can("20260102", "20260101T235500Z"));
    EXPECT_TRUE(can("20260101", "20260102T001459Z"));
    EXPECT_FALSE(can("20260101", "20260102T001500Z"));
    for (const char* date : {"20260103", "20251231", "", "2026", "2026-01-02", "20260102T", "202601021"})
        EXPECT_FALSE(can(date, "20260102T000000Z")) << date;
}

// The first is the unit test of the Rust SDK, the others are what botocore makes.
TEST(Token, PublishedSignatures) {
    struct Case {
        std::string host;
        std::uint16_t port;
        std::string user, key, secret, session, date, signature;
    };
    const std::string cluster = "mydb.cluster-c7tj4example.us-east-1.rds.amazonaws.com";
    const std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const std::vector<Case> cases = {
        {"prod-instance.us-east-1.rds.amazonaws.com", 3306, "peccy", "akid", "secret", "", "20240826T220000Z",
         "dd0cba843009474347af724090233265628ace491ea17ce3eb3da098b983ad89"},
        {cluster, 5432, "jane_doe", "AKIAIOSFODNN7EXAMPLE", secret, "", "20260101T000000Z",
         "c2e92e2ec0191fbaffc7fbdcb0aa87804102966f234417140846244095be8c6e"},
        {cluster, 5432, "wchemz+demo@amazon.com", "ASIAIOSFODNN7EXAMPLE", secret,
         "IQoJb3JpZ2luX2VjEOL//////////wEaCXVzLWVhc3QtMSJH+/==", "20260101T000000Z",
         "2d79698a6fee7fbba0d7d610a3e2f324c1a5ef9bfc65b52841efa75150842c95"},
        {cluster, 443, "jane_doe", "AKIAIOSFODNN7EXAMPLE", secret, "", "20260101T000000Z",
         "36fb06295d26ebaf4a076298d0aa284eda449c20e8b92badf93240cc7bfea8c6"},
    };
    for (const Case& one : cases) {
        const Question question{{one.host, one.port, "us-east-1", one.user},
                                {one.key, Secret(one.secret), one.session},
                                *formats::parse_basic_time(one.date)};
        const std::string token = make_token(question.target, question.credentials, question.now);
        EXPECT_TRUE(token.ends_with("&X-Amz-Signature=" + one.signature)) << token;
        EXPECT_EQ(refusal(token, question), "");
    }
}

}  // namespace

}  // namespace countersign::sigv4
