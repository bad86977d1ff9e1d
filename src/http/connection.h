// One connection of the server: reads a request, hands it to the workers, writes the answer, and again.
// Lives on the I/O thread; whoever runs it keeps it alive until run() is over. A resting connection holds a
// buffer of half a KiB and some coroutine frames. Private to src/http: what it includes is slow to compile.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>

#include "http/byte_stream.h"
#include "http/server.h"
#include "http/workers.h"

namespace countersign::http {

class RequestParser;

// What all connections of one server share. Outlives them.
struct Service {
    LateHandler handler;
    Handler overloaded;
    ServerLimits limits;
    const Log& log;
    Workers workers;
    std::atomic<bool> stopping = false;
};

class Connection {
public:
    // `service` outlives it.
    Connection(std::unique_ptr<ByteStream> stream, std::string peer, Service& service);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    asio::awaitable<void> run();
    void close() { stream_->close(); }

    // Before it runs: it serves nothing, and tells its client so.
    void refuse() { is_refused_ = true; }

    // A request is with the workers, or its answer on its way.
    bool is_answering() const { return is_answering_; }

private:
    enum class Next { request, say_goodbye, drop };

    void refuse_with(int status);
    asio::awaitable<Next> exchange();
    asio::awaitable<bool> wait_for_request();
    asio::awaitable<int> read(RequestParser& parser);
    asio::awaitable<int> read_until(RequestParser& parser, bool (*is_enough)(const RequestParser&));
    asio::awaitable<Next> answer(RequestParser& parser);
    asio::awaitable<Response> ask_workers(Request request);
    asio::awaitable<bool> write();
    asio::awaitable<void> say_goodbye();

    const std::unique_ptr<ByteStream> stream_;
    const std::string peer_;
    std::string client_certificate_;
    Service& service_;
    boost::beast::flat_buffer buffer_;
    std::string outgoing_;
    bool is_answering_ = false;
    bool is_refused_ = false;
};

}  // namespace countersign::http
