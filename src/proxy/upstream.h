// The way to the server: TCP, TLS, and a login with a token. Safe to call from any thread.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "proxy/startup.h"
#include "proxy/tls.h"

namespace countersign::proxy {

// Where a server was reached: a cancel request must come to the same.
struct ServerAddress {
    ServerName name;
    sockaddr_storage address{};
    socklen_t length = 0;
};

// Where to log in, and with what.
struct ServerLogin {
    ServerName name;
    std::uint16_t port = 0;
    std::string user;
    Secret token;
};

struct Connected {
    ServerAddress address;
    TlsConnection connection;
};

// Fault::unavailable: nobody answers, or not with TLS. Fault::denied: another certificate than the server's.
Result<Connected> connect_server(const ServerLogin& login, const Interrupts& interrupts,
                                 const Deadline& deadline);
Result<TlsConnection> connect_again(const ServerAddress& address, const Interrupts& interrupts,
                                    const Deadline& deadline);

}  // namespace countersign::proxy
