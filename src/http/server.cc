#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <list>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/network.h"
#include "base/thread.h"
#include "http/connection.h"
#include "http/crowd.h"

namespace countersign::http {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

// Beyond the limit, so many more are told 503 before they are closed; the rest is closed at once.
constexpr std::size_t refusals_max = 64;
constexpr const char* io_thread = "http-io";
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr auto accept_pause = std::chrono::milliseconds(100);

Error cannot_listen(const std::string& host, std::uint16_t port, const error_code& error) {
    if (error == asio::error::address_in_use)
        return {Fault::unavailable, "port " + std::to_string(port) + " is in use"};
    if (error == asio::error::access_denied)
        return {Fault::unavailable, "port " + std::to_string(port) + " is not allowed for this user"};
    return {Fault::unavailable,
            "cannot listen on " + host + " port " + std::to_string(port) + ": " + error.message()};
}

error_code bind_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    return error;
}

// The host's addresses, each once; "localhost" may have two.
Result<std::vector<tcp::endpoint>> addresses_of(asio::io_context& io, const std::string& host,
                                                std::uint16_t port) {
    error_code error;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error) return Error{Fault::unavailable, "the address " + host + " is not known: " + error.message()};
    std::vector<tcp::endpoint> endpoints;
    for (const auto& entry : found)
        if (std::ranges::find(endpoints, entry.endpoint()) == endpoints.end())
            endpoints.push_back(entry.endpoint());
    return endpoints;
}

// Every address of the host that this machine has; the first one chooses the port where any will do.
Result<std::list<tcp::acceptor>> listen_on(asio::io_context& io, const std::string& host,
                                           std::uint16_t port) {
    std::list<tcp::acceptor> acceptors;
    error_code last = asio::error::address_family_not_supported;
    const std::vector<tcp::endpoint> endpoints = TRY(addresses_of(io, host, port));
    for (tcp::endpoint endpoint : endpoints) {
        if (!acceptors.empty()) endpoint.port(acceptors.front().local_endpoint().port());
        tcp::acceptor acceptor(io);
        const error_code error = bind_and_listen(acceptor, endpoint);
        if (!error) {
            acceptors.push_back(std::move(acceptor));
            continue;
        }
        if (error == asio::error::address_in_use) return cannot_listen(host, endpoint.port(), error);
        last = error;
    }
    if (acceptors.empty()) return cannot_listen(host, port, last);
    return acceptors;
}

// No session is resumed: each handshake proves the client's certificate anew.
Result<void> ask_clients(asio::ssl::context& context, const std::string& authority_pem) {
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(native, 0);
    error_code error;
    context.add_certificate_authority(asio::buffer(authority_pem), error);
    if (error) return Error{Fault::invalid, "the authority of clients cannot be read: " + error.message()};
    context.set_verify_mode(asio::ssl::verify_peer, error);
    return {};
}

Result<std::unique_ptr<asio::ssl::context>> tls_context(const Tls& tls) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    error_code error;
    // Without it, OpenSSL asks the terminal for the password of an encrypted key.
    context->set_password_callback(
        [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); }, error);
    context->use_certificate_chain(asio::buffer(tls.certificate_chain_pem), error);
    if (error) return Error{Fault::invalid, "the TLS certificate chain cannot be read: " + error.message()};
    const std::string_view key = tls.key_pem.reveal();
    context->use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
    if (error || SSL_CTX_check_private_key(native) != 1)
        return Error{Fault::invalid, "the TLS key cannot be read, or is not the certificate's"};
    if (!tls.client_authority_pem.empty()) TRY(ask_clients(*context, tls.client_authority_pem));
    return context;
}

// An IPv4 client of a socket that serves both families is an IPv4 address to everybody else.
std::string address_text(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    v6.scope_id(0);
    return v6.to_string();
}

// That this process may have. Each connection is one, and whoever takes all of them stops everything.
std::size_t descriptors() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

class BeastServer final : public Server {
public:
    BeastServer(ServerOptions options, LateHandler handler, const Log& log)
        : service_{std::move(handler), std::move(options.overloaded), options.limits, log,
                   Workers("http", {options.limits.requests_waiting, options.limits.requests_of_one}, log)},
          worker_count_(options.workers),
          crowd_(std::min(options.limits.connections, descriptors() / 2),
                 std::min(options.limits.connections_of_one, descriptors() / 8)) {
        if (!service_.overloaded) service_.overloaded = [](const Request&) { return Response{503, {}, {}}; };
    }

    ~BeastServer() override {
        stop();
        service_.workers.finish();
        alive_.reset();
        thread_.join();
    }

    Result<void> open(const std::string& host, std::uint16_t port, const Tls* tls) {
        if (tls) tls_ = TRY(tls_context(*tls));
        acceptors_ = TRY(listen_on(io_, host, port));
        port_ = acceptors_.front().local_endpoint().port();
        return {};
    }

    std::uint16_t port() const override { return port_; }

    void start() override {
        service_.workers.start(worker_count_);
        for (tcp::acceptor& acceptor : acceptors_) keep_accepting(acceptor);
        thread_ = Thread(io_thread, service_.log, [this] {
            while (!guarded(service_.log, io_thread, [this] { io_.run(); })) {
            }
        });
    }

    Result<void> renew(const Tls& tls) override {
        std::shared_ptr<asio::ssl::context> fresh = TRY(tls_context(tls));
        asio::post(io_, [this, fresh] { tls_ = fresh; });
        return {};
    }

    void stop() override {
        if (service_.stopping.exchange(true)) return;
        if (!thread_.joinable()) {
            acceptors_.clear();
            return;
        }
        asio::post(io_, [this] { begin_stop(); });
        if (is_empty_.get_future().wait_for(service_.limits.stop_wait) == std::future_status::ready) return;
        std::promise<void> closed;
        asio::post(io_, [this, &closed] {
            for (const auto& connection : connections_) connection->close();
            closed.set_value();
        });
        closed.get_future().wait();
    }

private:
    // The members below here belong to the I/O thread once it runs.
    void keep_accepting(tcp::acceptor& acceptor) {
        asio::co_spawn(io_, accept(acceptor), [this, &acceptor](const std::exception_ptr& failure) {
            if (!failure) return;
            service_.log.error("http.accept_failed", {{"what", "out of memory"}});
            keep_accepting(acceptor);
        });
    }

    asio::awaitable<void> accept(tcp::acceptor& acceptor) {
        asio::steady_timer pause(io_);
        while (!service_.stopping) {
            auto [error, socket] = co_await acceptor.async_accept(no_throw);
            if (!error) {
                admit(std::move(socket));
                continue;
            }
            if (service_.stopping) break;
            // Out of descriptors, most likely: trying again at once would only burn the processor.
            service_.log.warn("http.accept_failed", {{"what", error.message()}});
            pause.expires_after(accept_pause);
            co_await pause.async_wait(no_throw);
        }
    }

    void admit(tcp::socket socket) {
        error_code error;
        const tcp::endpoint endpoint = socket.remote_endpoint(error);
        if (error || service_.stopping) return;
        socket.set_option(tcp::no_delay(true), error);
        const std::string peer = address_text(endpoint.address());
        const std::string client = network_of(peer);
        const std::shared_ptr<Connection> connection = connect(std::move(socket), peer);
        const auto ticket = crowd_.admit(client, connection, [](const auto& oldest) { oldest->close(); });
        if (!ticket && refusals_ >= refusals_max) return;
        if (!ticket) {
            connection->refuse();
            ++refusals_;
        }
        connections_.insert(connection);
        const auto ended = [this, connection, client, ticket](const std::exception_ptr& failure) {
            if (failure) service_.log.error("http.connection_failed");
            connections_.erase(connection);
            if (ticket)
                crowd_.leave(client, *ticket);
            else
                --refusals_;
            if (service_.stopping) report_if_empty();
        };
        asio::co_spawn(io_, connection->run(), ended);
    }

    std::shared_ptr<Connection> connect(tcp::socket socket, const std::string& peer) {
        auto stream = tls_ ? tls_stream(std::move(socket), *tls_) : plain_stream(std::move(socket));
        return std::make_shared<Connection>(std::move(stream), peer, service_);
    }

    void begin_stop() {
        error_code ignored;
        for (tcp::acceptor& acceptor : acceptors_) acceptor.close(ignored);
        for (const auto& connection : connections_)
            if (!connection->is_answering()) connection->close();
        report_if_empty();
    }

    void report_if_empty() {
        if (!connections_.empty() || is_empty_told_) return;
        is_empty_told_ = true;
        is_empty_.set_value();
    }

    asio::io_context io_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> alive_{io_.get_executor()};
    std::shared_ptr<asio::ssl::context> tls_;
    Service service_;
    const unsigned worker_count_;
    std::list<tcp::acceptor> acceptors_;
    std::uint16_t port_ = 0;
    std::unordered_set<std::shared_ptr<Connection>> connections_;
    Crowd<std::shared_ptr<Connection>> crowd_;  // those of them that are served
    std::size_t refusals_ = 0;                  // the others
    std::promise<void> is_empty_;
    bool is_empty_told_ = false;
    Thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Handler handler, const Log& log) {
    return listen_late(
        std::move(options),
        [handler = std::move(handler)](const Request& request, const Answer& answer) {
            answer(handler(request));
        },
        log);
}

Result<std::unique_ptr<Server>> Server::listen_late(ServerOptions options, LateHandler handler,
                                                    const Log& log) {
    const std::unique_ptr<Tls> tls = std::move(options.tls);
    const std::string host = options.host;
    const std::uint16_t port = options.port;
    auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler), log);
    TRY(server->open(host, port, tls.get()));
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace countersign::http
