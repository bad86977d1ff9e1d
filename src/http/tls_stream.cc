#include <openssl/pem.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "http/stream_of.h"

namespace countersign::http {

namespace {

std::string certificate_shown(const SSL* connection) {
    X509* const shown = SSL_get0_peer_certificate(connection);
    if (shown == nullptr || SSL_get_verify_result(connection) != X509_V_OK) return {};
    BIO* const text = BIO_new(BIO_s_mem());
    std::string pem;
    char* data = nullptr;
    if (text != nullptr && PEM_write_bio_X509(text, shown) == 1) {
        const long size = BIO_get_mem_data(text, &data);
        pem.assign(data, static_cast<std::size_t>(size));
    }
    BIO_free(text);
    return pem;
}

class TlsStream final : public StreamOf<beast::ssl_stream<beast::tcp_stream>> {
public:
    using StreamOf::StreamOf;

    asio::awaitable<bool> open() override {
        const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, no_throw);
        co_return !error;
    }

    asio::awaitable<void> end_writing() override {
        co_await stream_.async_shutdown(no_throw);
        shut_down();
    }

    std::string client_certificate() const override {
        return certificate_shown(const_cast<beast::ssl_stream<beast::tcp_stream>&>(stream_).native_handle());
    }
};

}  // namespace

std::unique_ptr<ByteStream> tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context) {
    return std::make_unique<TlsStream>(
        beast::ssl_stream<beast::tcp_stream>(beast::tcp_stream(std::move(socket)), context));
}

}  // namespace countersign::http
