#include "http/stream_of.h"

namespace countersign::http {

namespace {

class PlainStream final : public StreamOf<beast::tcp_stream> {
public:
    using StreamOf::StreamOf;

    asio::awaitable<bool> open() override { co_return true; }
    asio::awaitable<void> end_writing() override {
        shut_down();
        co_return;
    }
};

}  // namespace

std::unique_ptr<ByteStream> plain_stream(asio::ip::tcp::socket socket) {
    return std::make_unique<PlainStream>(beast::tcp_stream(std::move(socket)));
}

}  // namespace countersign::http
