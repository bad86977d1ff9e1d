// A ByteStream over one of Beast's streams. Included by plain_stream.cc and tls_stream.cc alone: what it
// includes is slow to compile.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <utility>

#include "http/byte_stream.h"

namespace countersign::http {

namespace beast = boost::beast;

// Completions hand over an error code instead of throwing it.
inline constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

template <class Stream>
class StreamOf : public ByteStream {
public:
    explicit StreamOf(Stream stream) : stream_(std::move(stream)) {}

    asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) override {
        const auto [error, size] = co_await stream_.async_read_some(into, no_throw);
        co_return error ? 0 : size;
    }

    asio::awaitable<bool> write(std::string_view bytes) override {
        const auto [error, size] =
            co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), no_throw);
        co_return !error;
    }

    asio::awaitable<std::size_t> read_raw(asio::mutable_buffer into) override {
        const auto [error, size] = co_await tcp().async_read_some(into, no_throw);
        co_return error ? 0 : size;
    }

    void expires_after(std::chrono::steady_clock::duration patience) override {
        tcp().expires_after(patience);
    }
    void expires_never() override { tcp().expires_never(); }
    void close() override { tcp().close(); }

protected:
    beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

    void shut_down() {
        beast::error_code ignored;
        tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }

    Stream stream_;
};

}  // namespace countersign::http
