#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/test_server.h"
#include "http/test_socket.h"

namespace countersign::http {
namespace {

constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

class ServerTest : public testing::Test {
protected:
    Log log{LogLevel::off};
};

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
    const auto server = started(loopback_options(), echo, log);
    TestSocket client(server->port());
    for (int i = 0; i < 300; ++i) {
        const std::string target = "/a%2Fb?n=" + std::to_string(i);
        const RawAnswer answer =
            client.ask("GET " + target + " HTTP/1.1\r\nhOsT: h\r\nX-B: 1\r\nA: 2\r\nX-b: 3\r\n\r\n");
        ASSERT_EQ(answer.status(), 200);
        ASSERT_EQ(answer.body, "GET " + target + "\nhOsT=h\nX-B=1\nA=2\nX-b=3\n\n");
        ASSERT_EQ(answer.head.find("Connection:"), std::string::npos);
    }
}

TEST_F(ServerTest, SendsDateServerAndThePeersAddress) {
    const auto server = started(loopback_options(), echo, log);
    const RawAnswer answer = TestSocket(server->port()).ask(plain_get);
    EXPECT_NE(answer.head.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(answer.head.find("\r\nServer: Countersign\r\n"), std::string::npos);
    EXPECT_NE(answer.head.find("\r\nX-Peer: 127.0.0.1\r\n"), std::string::npos);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    const auto server = started(loopback_options(), echo, log);
    TestSocket client(server->port());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    ASSERT_TRUE(client.write(requests));
    for (int i = 0; i < 20; ++i) {
        const RawAnswer answer = client.read_answer();
        EXPECT_TRUE(answer.body.starts_with("POST /" + std::to_string(i) + "\n")) << answer.body;
        EXPECT_TRUE(answer.body.ends_with("\n\nabc")) << answer.body;
    }
}

TEST_F(ServerTest, TakesBodiesInPiecesAndDropsTrailers) {
    const auto server = started(loopback_options(), echo, log);
    TestSocket client(server->port());
    const RawAnswer answer = client.ask(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Admin: yes\r\n\r\n");
    EXPECT_EQ(answer.body, "POST /\nHost=h\nTransfer-Encoding=chunked\n\nabcde");
    EXPECT_EQ(client.ask(plain_get).status(), 200);
}

TEST_F(ServerTest, TakesABodyOfTheLargestSize) {
    const auto server = started(
        loopback_options(),
        [](const Request& request) {
            return Response{200, {}, request.body};
        },
        log);
    std::string body(limits::body_bytes_max, 'x');
    body.back() = 'y';
    const RawAnswer answer =
        TestSocket(server->port())
            .ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_TRUE(answer.body == body);
}

TEST_F(ServerTest, TellsAClientThatAsksToContinue) {
    const auto server = started(loopback_options(), echo, log);
    TestSocket client(server->port());
    ASSERT_TRUE(
        client.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(client.read_answer().status(), 100);
    const RawAnswer answer = client.ask("abc");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_TRUE(answer.body.ends_with("\n\nabc"));
}

TEST_F(ServerTest, AnswersHeadWithoutTheBody) {
    const auto server = started(loopback_options(), echo, log);
    TestSocket client(server->port());
    ASSERT_TRUE(client.write("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    const RawAnswer head = client.read_answer(true);
    EXPECT_NE(head.head.find("Content-Length: 15\r\n"), std::string::npos) << head.head;
    EXPECT_EQ(client.ask(plain_get).status(), 200);
}

TEST_F(ServerTest, ClosesWhenTheClientWantsThat) {
    const auto server = started(loopback_options(), echo, log);
    for (const char* request :
         {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
          "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}) {
        TestSocket client(server->port());
        const RawAnswer answer = client.ask(request);
        EXPECT_EQ(answer.status(), 200);
        EXPECT_NE(answer.head.find("\r\nConnection: close\r\n"), std::string::npos);
        EXPECT_TRUE(client.is_ended());
    }
}

struct Refusal {
    const char* name;
    std::string request;
    int status;
};

class ServerRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(ServerRefuses, WithoutCallingTheHandlerAndCloses) {
    const Log log(LogLevel::off);
    std::atomic<int> calls = 0;
    const auto handler = [&calls](const Request&) {
        ++calls;
        return Response{200, {}, {}};
    };
    const auto server = started(loopback_options(), handler, log);
    TestSocket client(server->port());
    const RawAnswer answer = client.ask(GetParam().request);
    EXPECT_EQ(answer.status(), GetParam().status);
    EXPECT_NE(answer.head.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(calls, 0);
}

const std::string large_header(limits::header_bytes_max + 1, 'x');
const std::string large_body(limits::body_bytes_max + 1, 'x');

INSTANTIATE_TEST_SUITE_P(
    Requests, ServerRefuses,
    testing::Values(
        Refusal{"garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400},
        Refusal{"no_version", "GET /\r\n\r\n", 400},
        Refusal{"version_2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400},
        Refusal{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        Refusal{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Refusal{"blank_in_name", "GET / HTTP/1.1\r\nHost: h\r\nX y: 1\r\n\r\n", 400},
        Refusal{"control_in_value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01z\r\n\r\n", 400},
        Refusal{"negative_length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
        Refusal{"two_lengths",
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        Refusal{
            "length_and_chunked",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400},
        Refusal{"gzip_coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
        Refusal{"bad_chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        Refusal{"other_expectation", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n",
                417},
        Refusal{"large_target", "GET /" + large_header + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
        Refusal{"large_header", "GET / HTTP/1.1\r\nHost: h\r\nX: " + large_header + "\r\n\r\n", 431},
        Refusal{"large_body",
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(large_body.size()) +
                    "\r\n\r\n" + large_body,
                413},
        Refusal{"large_body_announced",
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
                413},
        Refusal{"large_body_chunked",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" + large_body,
                413},
        Refusal{"large_chunk_extension",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + large_header +
                    large_header,
                400}),
    [](const auto& refusal) { return std::string(refusal.param.name); });

TEST_F(ServerTest, CutsOffSlowSendersAndIdleConnections) {
    ServerLimits short_limits;
    short_limits.request_read = std::chrono::milliseconds(50);
    short_limits.connection_idle = std::chrono::milliseconds(50);
    const auto server = started(loopback_options(short_limits), echo, log);
    for (const char* begun : {"", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n",
                              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na"}) {
        TestSocket client(server->port());
        ASSERT_TRUE(client.write(begun));
        EXPECT_TRUE(client.is_ended()) << begun;
    }
}

TEST_F(ServerTest, TellsConnectionsBeyondTheLimit) {
    ServerLimits one;
    one.connections = 1;
    const auto server = started(loopback_options(one), echo, log);
    TestSocket first(server->port());
    ASSERT_EQ(first.ask(plain_get).status(), 200);
    TestSocket second(server->port());
    EXPECT_EQ(second.read_answer().status(), 503);
    EXPECT_TRUE(second.is_ended());
    EXPECT_EQ(first.ask(plain_get).status(), 200);
}

TEST_F(ServerTest, AnswersOverloadedWhenTheQueueIsFull) {
    Door door;
    ServerLimits none_waiting;
    none_waiting.requests_waiting = 0;
    const auto handler = [&door](const Request&) {
        door.pass();
        return Response{200, {}, {}};
    };
    const auto server = started(loopback_options(none_waiting), handler, log);
    TestSocket first(server->port());
    TestSocket second(server->port());
    ASSERT_TRUE(first.write(plain_get));
    ASSERT_TRUE(second.write(plain_get));
    door.wait_for_arrivals(2);
    const RawAnswer refused = TestSocket(server->port()).ask(plain_get);
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.body, "Throttling");
    door.open();
    EXPECT_EQ(first.read_answer().status(), 200);
    EXPECT_EQ(second.read_answer().status(), 200);
}

TEST_F(ServerTest, AnswersFailureOfAHandlerAndLogsItWithoutTheQuery) {
    const Log loud(LogLevel::error);
    const auto handler = [](const Request& request) -> Response {
        if (request.path() == "/throw") throw std::runtime_error("broken");
        if (request.path() == "/throw-number") throw 1;
        return {200, {{"Location", "/\r\nX: y"}}, {}};
    };
    testing::internal::CaptureStderr();
    const auto server = started(loopback_options(), handler, loud);
    TestSocket client(server->port());
    for (const char* path : {"/throw", "/throw-number", "/bad-header"}) {
        const RawAnswer answer =
            client.ask("GET " + std::string(path) + "?X-Amz-Signature=5ec2e7 HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_EQ(answer.status(), 500);
        EXPECT_EQ(answer.body, "");
        EXPECT_EQ(answer.head.find("X: y"), std::string::npos);
    }
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_NE(lines.find(R"("path":"/throw","what":"broken")"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("5ec2e7"), std::string::npos) << lines;
}

TEST_F(ServerTest, StopLetsARunningHandlerEndAndClosesIdleConnections) {
    Door door;
    const auto handler = [&door](const Request&) {
        door.pass();
        return Response{200, {}, "late"};
    };
    const auto server = started(loopback_options(), handler, log);
    TestSocket idle(server->port());
    TestSocket client(server->port());
    ASSERT_TRUE(client.write(plain_get));
    door.wait_for_arrivals(1);
    auto stopped = std::async(std::launch::async, [&] { server->stop(); });
    EXPECT_TRUE(idle.is_ended());
    EXPECT_FALSE(TestSocket(server->port()).is_connected());
    door.open();
    const RawAnswer answer = client.read_answer();
    EXPECT_EQ(answer.body, "late");
    EXPECT_NE(answer.head.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(client.is_ended());
    stopped.get();
}

TEST_F(ServerTest, StopDoesNotWaitForeverForAHandler) {
    Door door;
    ServerLimits hasty;
    hasty.stop_wait = std::chrono::milliseconds(10);
    const auto handler = [&door](const Request&) {
        door.pass();
        return Response{200, {}, {}};
    };
    const auto server = started(loopback_options(hasty), handler, log);
    TestSocket client(server->port());
    ASSERT_TRUE(client.write(plain_get));
    door.wait_for_arrivals(1);
    server->stop();
    EXPECT_TRUE(client.is_ended());
    door.open();
}

TEST_F(ServerTest, EndsWithoutHavingStarted) {
    auto server = Server::listen(loopback_options(), echo, log);
    ASSERT_TRUE(server);
    const std::uint16_t port = (*server)->port();
    (*server)->stop();
    EXPECT_FALSE(TestSocket(port).is_connected());
}

TEST_F(ServerTest, SaysThatAPortIsInUse) {
    const auto server = started(loopback_options(), echo, log);
    ServerOptions options = loopback_options();
    options.port = server->port();
    const auto second = Server::listen(std::move(options), echo, log);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::unavailable);
    EXPECT_EQ(second.error().message, "port " + std::to_string(server->port()) + " is in use");
}

TEST_F(ServerTest, SaysThatAnAddressIsNotThisMachines) {
    ServerOptions options = loopback_options();
    options.host = "192.0.2.1";
    const auto server = Server::listen(std::move(options), echo, log);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().fault, Fault::unavailable);
    EXPECT_TRUE(server.error().message.starts_with("cannot listen on 192.0.2.1 port 0: "))
        << server.error().message;
}

TEST_F(ServerTest, ListensOnNamesAndOnBothFamilies) {
    for (const char* host : {"localhost", "0.0.0.0", "::"}) {
        ServerOptions options = loopback_options();
        options.host = host;
        auto server = Server::listen(std::move(options), echo, log);
        if (!server && std::string_view(host) == "::") GTEST_SKIP() << "no IPv6: " << server.error().message;
        ASSERT_TRUE(server) << server.error().message;
        (*server)->start();
        const RawAnswer answer = TestSocket((*server)->port()).ask(plain_get);
        EXPECT_NE(answer.head.find("\r\nX-Peer: 127.0.0.1\r\n"), std::string::npos) << host << answer.head;
    }
}

int thread_count() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
    return 0;
}

TEST_F(ServerTest, IdleConnectionsCostNoThread) {
    constexpr std::size_t idle_count = 2000;
    rlimit descriptors{};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    if (descriptors.rlim_cur < 2 * idle_count + 100) GTEST_SKIP() << "too few file descriptors allowed";

    const auto server = started(loopback_options(), echo, log);
    const int threads = thread_count();
    ASSERT_GE(threads, 4);
    std::vector<TestSocket> idle;
    for (std::size_t i = 0; i < idle_count; ++i) {
        idle.emplace_back(server->port());
        ASSERT_EQ(idle.back().ask(plain_get).status(), 200) << i;
    }
    EXPECT_EQ(TestSocket(server->port()).ask(plain_get).status(), 200);
    EXPECT_EQ(thread_count(), threads);
    EXPECT_EQ(idle.front().ask(plain_get).status(), 200);
}

}  // namespace
}  // namespace countersign::http
