// An HTTP/1.1 server with keep-alive by Boost.Beast: one I/O thread for all connections, a fixed pool of
// workers for the handlers. An idle connection costs memory, not a thread, and neither does one whose answer
// is given later. Limits are those of base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/message.h"

namespace countersign::http {

// Answers one request. Called on a worker thread, many at once; may block for a while.
using Handler = std::function<Response(const Request&)>;

// Gives the one answer to a request, from any thread. Where nobody ever calls it, the answer is a 500.
using Answer = std::function<void(Response)>;

// Takes a request and may answer later. Called on a worker thread, many at once. The server does not end
// before every answer is given or dropped.
using LateHandler = std::function<void(const Request&, Answer)>;

struct Tls {
    std::string certificate_chain_pem;
    Secret key_pem;
    // PEM of who vouches for clients; empty: none is asked for a certificate. With it, TLS 1.3 is needed, and
    // a client may show a certificate, which must be good then; whether it must is the handler's to say.
    std::string client_authority_pem = {};
};

struct ServerLimits {
    std::size_t header_bytes = limits::header_bytes_max;
    std::size_t body_bytes = limits::body_bytes_max;
    std::size_t connections = limits::connections_max;
    std::size_t connections_of_one = limits::connections_of_one_max;  // client address
    std::size_t requests_waiting = limits::requests_waiting_max;
    std::size_t requests_of_one = limits::requests_of_one_max;
    std::chrono::milliseconds request_read =
        limits::request_read_max;  // a whole request; also to write an answer
    std::chrono::milliseconds connection_idle = limits::connection_idle_max;
    std::chrono::milliseconds stop_wait = std::chrono::seconds(5);  // for running handlers
};

struct ServerOptions {
    std::string host;
    std::uint16_t port = 0;  // 0: any free one
    unsigned workers = 4;
    std::unique_ptr<Tls> tls;  // none: plain HTTP
    Handler overloaded;        // the answer when the queue of waiting requests is full; must not block
    ServerLimits limits = {};
};

class Server {
public:
    // Binds and listens. Fault::unavailable with a sentence for a person when the port is taken or not
    // allowed.
    static Result<std::unique_ptr<Server>> listen(ServerOptions options, Handler handler, const Log& log);
    static Result<std::unique_ptr<Server>> listen_late(ServerOptions options, LateHandler handler,
                                                       const Log& log);
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0;
    virtual void start() = 0;
    // Another certificate for the connections that come from now on.
    virtual Result<void> renew(const Tls& tls) = 0;
    // Stops accepting, lets running handlers end (at most a few seconds), closes every connection.
    // Not from within a handler. The destructor stops as well, and waits for the last handler.
    virtual void stop() = 0;
};

}  // namespace countersign::http
