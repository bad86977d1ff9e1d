#include "wire/login.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace countersign::wire {

namespace {

using Bytes = std::vector<uint8_t>;

Text text(const std::string& from) {
    return {from.data(), from.size()};
}
std::string string(const Text& from) {
    return {from.data, from.size};
}

struct Request {
    Transport transport = Transport::tls;
    Membership membership = Membership::yes;
    std::string user = "app";
    std::string source = "192.0.2.7";
    std::string service = "countersign";
    std::string database = "orders";
    std::string application = "psql";
    std::string token = "db.example:5432/?Action=connect";

    RequestView view() const {
        return {transport,     membership,     text(user),        text(source),
                text(service), text(database), text(application), text(token)};
    }
};

// A copy of exactly the right size on the heap, so that a sanitizer sees a read beyond its end.
Bytes encoded(const RequestView& request) {
    Bytes room(request_bytes_max);
    const size_t size = encode_request(request, room.data(), room.size());
    return Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
}

Bytes encoded(const AnswerView& answer) {
    Bytes room(answer_bytes_max);
    const size_t size = encode_answer(answer, room.data(), room.size());
    return Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
}

const std::string login_id = "L0123456789abcde";

TEST(LoginRequest, ComesBackAsItWasSent) {
    for (const size_t token_bytes : {size_t{1}, size_t{255}, size_t{256}, size_t{5000}, token_bytes_max}) {
        Request sent;
        sent.token = std::string(token_bytes, '\xff');
        const Bytes bytes = encoded(sent.view());
        RequestView read;
        ASSERT_TRUE(decode_request(bytes.data(), bytes.size(), &read)) << token_bytes;
        EXPECT_EQ(read.transport, sent.transport);
        EXPECT_EQ(read.membership, sent.membership);
        EXPECT_EQ(string(read.user), sent.user);
        EXPECT_EQ(string(read.source), sent.source);
        EXPECT_EQ(string(read.service), sent.service);
        EXPECT_EQ(string(read.database), sent.database);
        EXPECT_EQ(string(read.application), sent.application);
        EXPECT_EQ(string(read.token), sent.token);
    }
}

TEST(LoginRequest, HasTheLayoutThatTheHeaderStates) {
    Request sent;
    sent.user = "u";
    sent.source = "";
    sent.service = "s";
    sent.database = "d";
    sent.application = "";
    sent.token = std::string(0x0102, 't');
    const Bytes bytes = encoded(sent.view());
    const Bytes head = {'C', 'S', 'R', 'L', 2, 0, 2,    2,    1,   0,   0,   0,
                        1,   0,   1,   0,   0, 0, 0x02, 0x01, 'u', 's', 'd', 't'};
    ASSERT_EQ(bytes.size(), request_header_bytes + 3 + 0x0102);
    EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(head.size())), head);
}

TEST(LoginRequest, LargestOfAllFits) {
    Request sent;
    sent.user = std::string(user_bytes_max, 'u');
    sent.source = std::string(source_bytes_max, '1');
    sent.service = std::string(service_bytes_max, 's');
    sent.database = std::string(database_bytes_max, 'd');
    sent.application = std::string(application_bytes_max, 'a');
    sent.token = std::string(token_bytes_max, 't');
    const Bytes bytes = encoded(sent.view());
    EXPECT_EQ(bytes.size(), request_bytes_max);
    RequestView read;
    EXPECT_TRUE(decode_request(bytes.data(), bytes.size(), &read));
}

TEST(LoginRequest, MalformedIsNotEncoded) {
    const std::vector<std::pair<const char*, Request>> cases = {
        {"no user", {.user = ""}},
        {"long user", {.user = std::string(user_bytes_max + 1, 'u')}},
        {"NUL in user", {.user = std::string("a\0b", 3)}},
        {"long source", {.source = std::string(source_bytes_max + 1, '1')}},
        {"no service", {.service = ""}},
        {"long service", {.service = std::string(service_bytes_max + 1, 's')}},
        {"long database", {.database = std::string(database_bytes_max + 1, 'd')}},
        {"NUL in database", {.database = std::string("a\0b", 3)}},
        {"long application", {.application = std::string(application_bytes_max + 1, 'a')}},
        {"NUL in application", {.application = std::string("a\0b", 3)}},
        {"no token", {.token = ""}},
        {"long token", {.token = std::string(token_bytes_max + 1, 't')}},
        {"NUL in token", {.token = std::string("a\0b", 3)}},
        {"transport", {.transport = static_cast<Transport>(3)}},
        {"membership", {.membership = static_cast<Membership>(3)}},
    };
    for (const auto& [name, request] : cases) EXPECT_TRUE(encoded(request.view()).empty()) << name;
}

TEST(LoginRequest, IsNotWrittenBeyondTheRoom) {
    const Request sent;
    const size_t whole = encoded(sent.view()).size();
    for (size_t room = 0; room < whole; ++room) {
        Bytes out(room);
        EXPECT_EQ(encode_request(sent.view(), out.data(), room), 0U) << room;
    }
}

TEST(LoginRequest, AnyOtherLengthIsRefused) {
    const Bytes whole = encoded(Request{}.view());
    for (size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        RequestView read;
        EXPECT_FALSE(decode_request(part.data(), part.size(), &read)) << size;
    }
    Bytes longer = whole;
    longer.push_back('x');
    RequestView read;
    EXPECT_FALSE(decode_request(longer.data(), longer.size(), &read));
}

TEST(LoginRequest, AnyOtherHeaderByteIsRefusedOrMeansWhatItSays) {
    const Bytes whole = encoded(Request{}.view());
    for (size_t at = 0; at < request_header_bytes; ++at) {
        for (int value = 0; value < 256; ++value) {
            Bytes changed = whole;
            changed[at] = static_cast<uint8_t>(value);
            RequestView read;
            const bool is_flag = at == 6 || at == 7;
            const bool expected = changed == whole || (is_flag && value <= 2);
            EXPECT_EQ(decode_request(changed.data(), changed.size(), &read), expected) << at << " " << value;
        }
    }
}

TEST(LoginRequest, NulInAnyTextIsRefused) {
    const Bytes whole = encoded(Request{}.view());
    for (size_t at = request_header_bytes; at < whole.size(); ++at) {
        Bytes changed = whole;
        changed[at] = 0;
        RequestView read;
        EXPECT_FALSE(decode_request(changed.data(), changed.size(), &read)) << at;
    }
}

TEST(LoginRequest, OfTheVersionBeforeIsUnderstood) {
    const Bytes bytes = {'C', 'S', 'R', 'L', 1,   0,   2,   2,   3,   0,   2,   0,   1,
                         0,   4,   0,   'a', 'p', 'p', ':', ':', 's', 't', 'o', 'k', 'n'};
    RequestView read;
    ASSERT_TRUE(decode_request(bytes.data(), bytes.size(), &read));
    EXPECT_EQ(read.wire_version, 1);
    EXPECT_EQ(read.transport, Transport::tls);
    EXPECT_EQ(read.membership, Membership::yes);
    EXPECT_EQ(string(read.user), "app");
    EXPECT_EQ(string(read.source), "::");
    EXPECT_EQ(string(read.service), "s");
    EXPECT_EQ(string(read.token), "tokn");
    EXPECT_EQ(read.database.size + read.application.size, 0U);
    EXPECT_EQ(encoded(read), bytes);
    for (size_t size = 0; size < bytes.size(); ++size) {
        const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(decode_request(part.data(), part.size(), &read)) << size;
    }
}

TEST(LoginRequest, OfAnotherVersionIsToldAndNotRead) {
    Bytes bytes = encoded(Request{}.view());
    EXPECT_EQ(request_version(bytes.data(), bytes.size()), version);
    for (const uint8_t other : Bytes{0, 3, 255}) {
        bytes[4] = other;
        RequestView read;
        EXPECT_FALSE(decode_request(bytes.data(), bytes.size(), &read));
        EXPECT_EQ(request_version(bytes.data(), bytes.size()), other);
    }
    bytes[0] = 'X';
    EXPECT_EQ(request_version(bytes.data(), bytes.size()), 0);
    EXPECT_EQ(request_version(bytes.data(), 5), 0);
}

TEST(LoginAnswer, IsReadInTheVersionInWhichWasAsked) {
    AnswerView answer{Verdict::allowed, text(login_id), {"ok", 2}};
    answer.wire_version = oldest_version;
    const Bytes bytes = encoded(answer);
    EXPECT_EQ(bytes[4], oldest_version);
    AnswerView read;
    EXPECT_FALSE(decode_answer(bytes.data(), bytes.size(), &read));
    ASSERT_TRUE(decode_answer(bytes.data(), bytes.size(), &read, oldest_version));
    EXPECT_EQ(read.verdict, Verdict::allowed);
    answer.wire_version = version + 1;
    EXPECT_TRUE(encoded(answer).empty());
}

TEST(LoginAnswer, ComesBackAsItWasSent) {
    for (const Verdict verdict : {Verdict::refused, Verdict::allowed}) {
        for (const size_t reason_bytes : {size_t{0}, size_t{1}, size_t{300}, reason_bytes_max}) {
            const std::string reason(reason_bytes, 'r');
            const Bytes bytes = encoded(AnswerView{verdict, text(login_id), text(reason)});
            AnswerView read;
            ASSERT_TRUE(decode_answer(bytes.data(), bytes.size(), &read));
            EXPECT_EQ(read.verdict, verdict);
            EXPECT_EQ(string(read.login_id), login_id);
            EXPECT_EQ(string(read.reason), reason);
        }
    }
}

TEST(LoginAnswer, HasTheLayoutThatTheHeaderStates) {
    const Bytes bytes = encoded(AnswerView{Verdict::allowed, text(login_id), {"ok", 2}});
    Bytes expected = {'C', 'S', 'A', 'L', 2, 0, 0xa5, 0, 2, 0};
    expected.insert(expected.end(), login_id.begin(), login_id.end());
    expected.insert(expected.end(), {'o', 'k'});
    EXPECT_EQ(bytes, expected);
}

TEST(LoginAnswer, MalformedIsNotEncoded) {
    const std::string long_reason(reason_bytes_max + 1, 'r');
    EXPECT_TRUE(encoded(AnswerView{Verdict::refused, text(login_id), text(long_reason)}).empty());
    EXPECT_TRUE(encoded(AnswerView{static_cast<Verdict>(1), text(login_id), {}}).empty());
    for (const std::string& id : {std::string(), std::string("short"), std::string(17, 'a'),
                                  std::string(16, ' '), std::string(16, '\x7f'), std::string(16, '\xe4')}) {
        EXPECT_TRUE(encoded(AnswerView{Verdict::allowed, text(id), {}}).empty()) << id;
    }
}

TEST(LoginAnswer, IsNotWrittenBeyondTheRoom) {
    const AnswerView answer{Verdict::allowed, text(login_id), {"ok", 2}};
    const size_t whole = encoded(answer).size();
    for (size_t room = 0; room < whole; ++room) {
        Bytes out(room);
        EXPECT_EQ(encode_answer(answer, out.data(), room), 0U) << room;
    }
}

TEST(LoginAnswer, AnyOtherLengthIsRefused) {
    const Bytes whole = encoded(AnswerView{Verdict::allowed, text(login_id), {"because", 7}});
    for (size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        AnswerView read;
        EXPECT_FALSE(decode_answer(part.data(), part.size(), &read)) << size;
        EXPECT_EQ(read.verdict, Verdict::refused);
    }
    Bytes longer = whole;
    longer.push_back('x');
    AnswerView read;
    EXPECT_FALSE(decode_answer(longer.data(), longer.size(), &read));
}

TEST(LoginAnswer, OnlyOneByteAllows) {
    const Bytes whole = encoded(AnswerView{Verdict::refused, text(login_id), {}});
    for (int value = 0; value < 256; ++value) {
        Bytes changed = whole;
        changed[6] = static_cast<uint8_t>(value);
        AnswerView read;
        const bool well_formed = decode_answer(changed.data(), changed.size(), &read);
        EXPECT_EQ(well_formed, value == 0 || value == 0xa5) << value;
        EXPECT_EQ(read.verdict == Verdict::allowed, value == 0xa5) << value;
    }
}

// What decodes must encode to the same bytes again: there is one spelling of every message.
TEST(Login, RandomBytesAreRefusedOrHaveOneSpelling) {
    std::mt19937 random(20240229);
    const Bytes request = encoded(Request{}.view());
    const Bytes answer = encoded(AnswerView{Verdict::allowed, text(login_id), {"because", 7}});
    for (int round = 0; round < 100'000; ++round) {
        Bytes bytes = round % 2 == 0 ? request : answer;
        const size_t changes = 1 + random() % 4;
        for (size_t i = 0; i < changes; ++i) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
        bytes.resize(random() % 8 == 0 ? random() % (2 * bytes.size()) : bytes.size());
        const Bytes exact(bytes);
        RequestView read_request;
        if (decode_request(exact.data(), exact.size(), &read_request)) {
            EXPECT_EQ(encoded(read_request), exact);
        }
        AnswerView read_answer;
        if (decode_answer(exact.data(), exact.size(), &read_answer)) {
            EXPECT_EQ(encoded(read_answer), exact);
        }
    }
}

}  // namespace
}  // namespace countersign::wire
