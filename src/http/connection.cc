#include "http/connection.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/network.h"
#include "http/answer.h"
#include "http/owed.h"
#include "http/request_parser.h"

namespace countersign::http {

namespace {

constexpr int gone = -1;  // in the place of a status: nobody is there to be told
constexpr std::size_t buffer_first = 512;
constexpr std::size_t buffer_body = 16UL * 1024;
constexpr std::size_t goodbye_bytes_max = 4UL * 1024 * 1024;
constexpr auto goodbye_max = std::chrono::seconds(2);

int refusal_of(const boost::beast::error_code& error) {
    using BadMessage = boost::beast::http::error;
    if (error == BadMessage::body_limit) return 413;
    if (error == BadMessage::header_limit) return 431;
    return 400;
}

bool has_header(const RequestParser& parser) {
    return parser.is_header_done();
}

bool has_all(const RequestParser& parser) {
    return parser.is_done();
}

// Has a worker answer, and the completion called with the answer on the I/O thread.
template <class Completion>
void ask(Completion completion, Service& service, Request request) {
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

}  // namespace

// g++ 12 breaks temporaries in a co_await expression: they are named before, or kept in the connection.

Connection::Connection(std::unique_ptr<ByteStream> stream, std::string peer, Service& service)
    : stream_(std::move(stream)), peer_(std::move(peer)), service_(service) {
    buffer_.max_size(service.limits.header_bytes + buffer_body);
}

asio::awaitable<void> Connection::run() {
    stream_->expires_after(service_.limits.request_read);
    const bool opened = co_await stream_->open();
    if (!opened) co_return;
    client_certificate_ = stream_->client_certificate();
    Next next = is_refused_ ? Next::say_goodbye : Next::request;
    if (is_refused_) {
        refuse_with(503);
        co_await write();
    }
    while (next == Next::request && !service_.stopping) next = co_await exchange();
    if (next == Next::say_goodbye) co_await say_goodbye();
}

void Connection::refuse_with(int status) {
    outgoing_ = answer_bytes({status, {}, {}}, {false, true, SystemClock().now()});
}

asio::awaitable<Connection::Next> Connection::exchange() {
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

asio::awaitable<bool> Connection::wait_for_request() {
    buffer_.shrink_to_fit();
    if (buffer_.size() > 0) co_return true;  // pipelined
    stream_->expires_after(service_.limits.connection_idle);
    const std::size_t size = co_await stream_->read_some(buffer_.prepare(buffer_first));
    buffer_.commit(size);
    co_return size > 0;
}

// 0 when the request is complete, the status to refuse it with, or gone.
asio::awaitable<int> Connection::read(RequestParser& parser) {
    stream_->expires_after(service_.limits.request_read);
    const int refusal = co_await read_until(parser, has_header);
    if (refusal != 0) co_return refusal;
    if (parser.is_done()) co_return 0;
    if (parser.expects_other()) co_return 417;
    if (parser.expects_continue()) {
        outgoing_ = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool written = co_await write();
        if (!written) co_return gone;
        stream_->expires_after(service_.limits.request_read);
    }
    buffer_.reserve(buffer_body);
    co_return co_await read_until(parser, has_all);
}

// Gives the parser what has come, and reads on while that is not enough.
asio::awaitable<int> Connection::read_until(RequestParser& parser, bool (*is_enough)(const RequestParser&)) {
    while (!is_enough(parser)) {
        boost::beast::error_code error = boost::beast::http::error::need_more;
        if (buffer_.size() > 0) {
            error.clear();
            buffer_.consume(parser.put(buffer_.data(), error));
        }
        if (!error) continue;
        if (error != boost::beast::http::error::need_more) co_return refusal_of(error);
        const std::size_t room = std::min(buffer_.max_size() - buffer_.size(), buffer_body);
        if (room == 0) co_return 400;
        const std::size_t size = co_await stream_->read_some(buffer_.prepare(room));
        buffer_.commit(size);
        if (size == 0) co_return gone;
    }
    co_return 0;
}

asio::awaitable<Connection::Next> Connection::answer(RequestParser& parser) {
    const bool keep_alive = parser.may_keep_alive();
    Request request = parser.take();
    request.peer = peer_;
    request.client_certificate = client_certificate_;
    const bool head = request.method == "HEAD";
    const Response response = co_await ask_workers(std::move(request));
    const bool close = !keep_alive || service_.stopping;
    outgoing_ = answer_bytes(response, {head, close, SystemClock().now()});
    const bool written = co_await write();
    if (!written) co_return Next::drop;
    co_return close ? Next::say_goodbye : Next::request;
}

asio::awaitable<Response> Connection::ask_workers(Request request) {
    stream_->expires_never();
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(
        [](auto completion, Service* service, Request asked) {
            ask(std::move(completion), *service, std::move(asked));
        },
        asio::use_awaitable, &service_, std::move(request));
}

// Sends what is outgoing.
asio::awaitable<bool> Connection::write() {
    stream_->expires_after(service_.limits.request_read);
    const bool written = co_await stream_->write(outgoing_);
    outgoing_ = std::string();
    co_return written;
}

// Closing while bytes are on their way to us would make the kernel throw our answer away: take a little of
// them.
asio::awaitable<void> Connection::say_goodbye() {
    stream_->expires_after(goodbye_max);
    co_await stream_->end_writing();
    std::vector<char> rest(buffer_body);
    for (std::size_t taken = 0; taken < goodbye_bytes_max;) {
        const std::size_t size = co_await stream_->read_raw(asio::buffer(rest));
        if (size == 0) break;
        taken += size;
    }
}

}  // namespace countersign::http
