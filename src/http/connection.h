// One connection of the server: reads a request, hands it to the workers, writes the answer, and again.
// Lives on the I/O thread; whoever runs it keeps it alive until run() is over. A resting connection holds a
// buffer of half a KiB and some coroutine frames. g++ 12 breaks temporaries in a co_await expression: name
// them before, or keep them in the connection. Included by server.cc only: what it includes is slow to
// compile.
#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/network.h"
#include "http/answer.h"
#include "http/request_parser.h"
#include "http/server.h"
#include "http/workers.h"

namespace countersign::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

// Completions hand over an error code instead of throwing it.
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// What all connections of one server share. Outlives them.
struct Service {
    LateHandler handler;
    Handler overloaded;
    ServerLimits limits;
    const Log& log;
    Workers workers;
    std::atomic<bool> stopping = false;
};

inline Response failed_answer(const Request& request, const Log& log, const char* what) {
    log.error("http.handler_failed", {{"method", request.method}, {"path", request.path()}, {"what", what}});
    return Response{};
}

// The handler's answer to the request, or 500 where it throws.
inline Response answer_of(const Handler& handler, const Request& request, const Log& log) {
    try {
        return handler(request);
    } catch (const std::exception& error) {
        return failed_answer(request, log, error.what());
    } catch (...) {
        return failed_answer(request, log, "unknown exception");
    }
}

// The answer that a request is owed: the first one given, or a 500 when all who could give it are gone.
class Owed {
public:
    using Deliver = std::function<void(Response)>;

    Owed(std::shared_ptr<const Request> request, const Log& log, Deliver deliver)
        : request_(std::move(request)), log_(log), deliver_(std::move(deliver)) {}
    ~Owed() { give(Response{}); }
    Owed(const Owed&) = delete;
    Owed& operator=(const Owed&) = delete;

    void give(Response response) {
        if (given_.exchange(true)) return;
        if (!is_sendable(response))
            response =
                failed_answer(*request_, log_, "the answer has a status or header that cannot be sent");
        deliver_(std::move(response));
    }

private:
    const std::shared_ptr<const Request> request_;
    const Log& log_;
    const Deliver deliver_;
    std::atomic<bool> given_ = false;
};

// Has the handler answer, now or later; 500 where it throws.
inline void ask_handler(const Service& service, const Request& request, const std::shared_ptr<Owed>& owed) {
    try {
        service.handler(request, [owed](Response response) { owed->give(std::move(response)); });
    } catch (const std::exception& error) {
        owed->give(failed_answer(request, service.log, error.what()));
    } catch (...) {
        owed->give(failed_answer(request, service.log, "unknown exception"));
    }
}

// PEM of the certificate that the client showed in the handshake; empty when it showed none.
std::string certificate_shown(const SSL* connection);

class Connection {
public:
    virtual ~Connection() = default;
    virtual asio::awaitable<void> run() = 0;
    virtual void close() = 0;

    // Before it runs: it serves nothing, and tells its client so.
    void refuse() { is_refused_ = true; }

    // A request is with the workers, or its answer on its way.
    bool is_answering() const { return is_answering_; }

protected:
    bool is_answering_ = false;
    bool is_refused_ = false;
};

template <class Stream>
class StreamConnection final : public Connection {
public:
    StreamConnection(Stream stream, std::string peer, Service& service)
        : stream_(std::move(stream)), peer_(std::move(peer)), service_(service) {
        buffer_.max_size(service.limits.header_bytes + buffer_body);
    }

    asio::awaitable<void> run() override {
        const bool opened = co_await open();
        if (!opened) co_return;
        Next next = is_refused_ ? Next::say_goodbye : Next::request;
        if (is_refused_) {
            refuse_with(503);
            co_await write();
        }
        while (next == Next::request && !service_.stopping) next = co_await exchange();
        if (next == Next::say_goodbye) co_await say_goodbye();
    }

    void close() override { tcp().close(); }

private:
    enum class Next { request, say_goodbye, drop };

    static constexpr int gone = -1;
    static constexpr std::size_t buffer_first = 512;
    static constexpr std::size_t buffer_body = 16UL * 1024;
    static constexpr std::size_t goodbye_bytes_max = 4UL * 1024 * 1024;
    static constexpr auto goodbye_max = std::chrono::seconds(2);

    beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
    void refuse_with(int status) {
        outgoing_ = answer_bytes({status, {}, {}}, {false, true, SystemClock().now()});
    }

    asio::awaitable<bool> open() {
        if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
            tcp().expires_after(service_.limits.request_read);
            const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, no_throw);
            if (!error) client_certificate_ = certificate_shown(stream_.native_handle());
            co_return !error;
        } else {
            co_return true;
        }
    }

    asio::awaitable<Next> exchange() {
        const bool begun = co_await wait_for_request();
        if (!begun) co_return Next::drop;
        RequestParser parser(service_.limits);
        const int refusal = co_await read(parser);
        if (refusal == gone) co_return Next::drop;
        if (refusal != 0) {
            service_.log.debug("http.refused", {{"status", refusal}, {"peer", peer_}});
            refuse_with(refusal);
            const bool told = co_await write();
            co_return told ? Next::say_goodbye : Next::drop;
        }
        is_answering_ = true;
        const Next next = co_await answer(parser);
        is_answering_ = false;
        co_return next;
    }

    asio::awaitable<bool> wait_for_request() {
        buffer_.shrink_to_fit();
        if (buffer_.size() > 0) co_return true;  // pipelined
        tcp().expires_after(service_.limits.connection_idle);
        const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(buffer_first), no_throw);
        buffer_.commit(size);
        co_return !error;
    }

    // 0 when the request is complete, the status to refuse it with, or gone when nobody is there to be told.
    asio::awaitable<int> read(RequestParser& parser) {
        tcp().expires_after(service_.limits.request_read);
        const auto [error, size] =
            co_await beast::http::async_read_header(stream_, buffer_, parser, no_throw);
        if (error) co_return refusal_of(error);
        if (parser.is_done()) co_return 0;
        if (parser.expects_other()) co_return 417;
        if (parser.expects_continue()) {
            outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
            const bool written = co_await write();
            if (!written) co_return gone;
            tcp().expires_after(service_.limits.request_read);
        }
        buffer_.reserve(buffer_body);
        const auto [body_error, body_size] =
            co_await beast::http::async_read(stream_, buffer_, parser, no_throw);
        co_return body_error ? refusal_of(body_error) : 0;
    }

    static int refusal_of(const beast::error_code& error) {
        static const beast::error_code malformed = beast::http::error::bad_method;
        if (error == beast::http::error::body_limit) return 413;
        if (error == beast::http::error::header_limit) return 431;
        if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message)
            return gone;
        return error.category() == malformed.category() ? 400 : gone;
    }

    asio::awaitable<Next> answer(RequestParser& parser) {
        const bool keep_alive = parser.may_keep_alive();
        Request request = parser.take();
        request.peer = peer_;
        request.client_certificate = client_certificate_;
        const bool head = request.method == "HEAD";
        const Response response = co_await ask_workers(request);
        const bool close = !keep_alive || service_.stopping;
        outgoing_ = answer_bytes(response, {head, close, SystemClock().now()});
        const bool written = co_await write();
        if (!written) co_return Next::drop;
        co_return close ? Next::say_goodbye : Next::request;
    }

    // Takes the request.
    asio::awaitable<Response> ask_workers(Request& request) {
        tcp().expires_never();
        return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(
            [](auto completion, Service* service, Request asked) {
                ask(std::move(completion), *service, std::move(asked));
            },
            asio::use_awaitable, &service_, std::move(request));
    }

    // Has a worker answer, and the completion called with the answer on the I/O thread.
    template <class Completion>
    static void ask(Completion completion, Service& service, Request request) {
        const auto executor = asio::get_associated_executor(completion);
        const auto asked = std::make_shared<const Request>(std::move(request));
        const auto waiting = std::make_shared<Completion>(std::move(completion));
        // The guard keeps the I/O thread until the answer is there.
        const auto guard = asio::make_work_guard(executor);
        const auto deliver = [executor, guard, waiting](Response response) {
            asio::post(executor, [waiting, answer = std::move(response)]() mutable {
                Completion resume = std::move(*waiting);
                std::move(resume)(std::move(answer));
            });
        };
        const auto owed = std::make_shared<Owed>(asked, service.log, deliver);
        const bool accepted = service.workers.offer(network_of(asked->peer), [&service, asked, owed] {
            if (service.stopping)
                owed->give(Response{503, {}, {}});
            else
                ask_handler(service, *asked, owed);
        });
        if (!accepted) owed->give(answer_of(service.overloaded, *asked, service.log));
    }

    // Sends what is outgoing.
    asio::awaitable<bool> write() {
        tcp().expires_after(service_.limits.request_read);
        const auto [error, size] = co_await asio::async_write(stream_, asio::buffer(outgoing_), no_throw);
        outgoing_ = std::string();
        co_return !error;
    }

    // Closing while bytes are on their way to us would make the kernel throw our answer away: take a little
    // of them.
    asio::awaitable<void> say_goodbye() {
        tcp().expires_after(goodbye_max);
        if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) co_await stream_.async_shutdown(no_throw);
        beast::error_code ignored;
        tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        std::vector<char> rest(buffer_body);
        for (std::size_t taken = 0; taken < goodbye_bytes_max;) {
            const auto [error, size] = co_await tcp().async_read_some(asio::buffer(rest), no_throw);
            if (error) break;
            taken += size;
        }
    }

    Stream stream_;
    const std::string peer_;
    std::string client_certificate_;
    Service& service_;
    beast::flat_buffer buffer_;
    std::string outgoing_;
};

}  // namespace countersign::http
