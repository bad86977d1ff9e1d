// The bytes of one connection, plain or TLS, with one deadline for whatever is under way. On the I/O thread.
// Private to src/http.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace countersign::http {

namespace asio = boost::asio;

class ByteStream {
public:
    virtual ~ByteStream() = default;

    // The handshake, where there is one. False: the client has gone.
    virtual asio::awaitable<bool> open() = 0;
    // 0: there will be no more.
    virtual asio::awaitable<std::size_t> read_some(asio::mutable_buffer into) = 0;
    // All of it, which must stay where it is meanwhile.
    virtual asio::awaitable<bool> write(std::string_view bytes) = 0;
    // No more is written: the client is told so, by TLS and by TCP.
    virtual asio::awaitable<void> end_writing() = 0;
    // Of what comes after that, whatever it means; 0: there will be no more.
    virtual asio::awaitable<std::size_t> read_raw(asio::mutable_buffer into) = 0;

    virtual void expires_after(std::chrono::steady_clock::duration patience) = 0;
    virtual void expires_never() = 0;
    virtual void close() = 0;

    // PEM of the certificate that the client showed in the handshake; empty when it showed none.
    virtual std::string client_certificate() const { return {}; }
};

std::unique_ptr<ByteStream> plain_stream(asio::ip::tcp::socket socket);
std::unique_ptr<ByteStream> tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context);

}  // namespace countersign::http
