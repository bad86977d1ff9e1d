// TLS with a server whose certificate is verified as by libpq's sslmode verify-full. A connection is one
// thread's.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "proxy/wait.h"

namespace countersign::proxy {

// Whom a certificate must be of.
struct ServerName {
    std::string host;
    std::string authority;  // PEM file, or "system": the machine's own authorities
};

// What a step without waiting came to.
struct Step {
    enum class Outcome { moved, wants_read, wants_write, ended, failed };
    Outcome outcome = Outcome::failed;
    std::size_t bytes = 0;  // that were moved
};

class TlsConnection {
public:
    // Over a connected socket that does not block, and on which the server has agreed to TLS.
    static Result<TlsConnection> open(Descriptor socket, const ServerName& name, const Interrupts& interrupts,
                                      const Deadline& deadline);

    int number() const { return socket_.number(); }
    Step read(char* into, std::size_t bytes_max);
    Step write(std::string_view bytes);
    // Bytes that were taken off the socket, and that no poll(2) tells of.
    bool has_bytes() const { return SSL_pending(tls_.get()) > 0; }
    // Tells the server that no more comes.
    void close();

private:
    struct Free {
        void operator()(SSL* tls) const { SSL_free(tls); }
    };
    TlsConnection(Descriptor socket, std::unique_ptr<SSL, Free> tls)
        : socket_(std::move(socket)), tls_(std::move(tls)) {}
    Step step_of(int returned);

    Descriptor socket_;
    std::unique_ptr<SSL, Free> tls_;
};

// These wait. Fault::unavailable.
Result<void> send_all(TlsConnection& connection, std::string_view bytes, const Interrupts& interrupts,
                      const Deadline& deadline);
// At least one byte.
Result<std::string> receive(TlsConnection& connection, const Interrupts& interrupts,
                            const std::optional<Deadline>& deadline);

}  // namespace countersign::proxy
