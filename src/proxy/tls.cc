#include "proxy/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <array>

namespace countersign::proxy {

namespace {

constexpr std::size_t piece_bytes = std::size_t{16} * 1024;  // a record of TLS

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

std::string last_fault() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "the connection ended";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

Result<Context> context_for(const ServerName& name) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context) return Error{Fault::internal, last_fault()};
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool is_loaded = name.authority == "system"
                               ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                               : SSL_CTX_load_verify_file(context.get(), name.authority.c_str()) == 1;
    if (!is_loaded)
        return Error{Fault::invalid,
                     fmt::format("{} has no certificate of an authority: {}", name.authority, last_fault())};
    return context;
}

bool is_address(const std::string& host) {
    std::array<char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool expect_name(SSL* tls, const std::string& host) {
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(tls);
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

Error handshake_fault(SSL* tls, const ServerName& name) {
    const long verdict = SSL_get_verify_result(tls);
    if (verdict != X509_V_OK)
        return Error{Fault::denied, fmt::format("the certificate of {} is not good: {}", name.host,
                                                X509_verify_cert_error_string(verdict))};
    return Error{Fault::unavailable, fmt::format("no TLS with {}: {}", name.host, last_fault())};
}

short events_for(Step::Outcome outcome) {
    return outcome == Step::Outcome::wants_write ? POLLOUT : POLLIN;
}

bool is_waiting(Step::Outcome outcome) {
    return outcome == Step::Outcome::wants_read || outcome == Step::Outcome::wants_write;
}

}  // namespace

Result<TlsConnection> TlsConnection::open(Descriptor socket, const ServerName& name,
                                          const Interrupts& interrupts, const Deadline& deadline) {
    const Context context = TRY(context_for(name));
    std::unique_ptr<SSL, Free> tls(SSL_new(context.get()));
    if (!tls || SSL_set_fd(tls.get(), socket.number()) != 1 || !expect_name(tls.get(), name.host))
        return Error{Fault::internal, last_fault()};
    TlsConnection connection(std::move(socket), std::move(tls));
    while (true) {
        ERR_clear_error();
        const Step step = connection.step_of(SSL_connect(connection.tls_.get()));
        if (step.outcome == Step::Outcome::moved) return connection;
        if (!is_waiting(step.outcome)) return handshake_fault(connection.tls_.get(), name);
        TRY(wait_for(connection.number(), events_for(step.outcome), interrupts, deadline));
    }
}

Step TlsConnection::read(char* into, std::size_t bytes_max) {
    ERR_clear_error();
    std::size_t bytes = 0;
    Step step = step_of(SSL_read_ex(tls_.get(), into, bytes_max, &bytes));
    step.bytes = bytes;
    return step;
}

Step TlsConnection::write(std::string_view bytes) {
    ERR_clear_error();
    std::size_t written = 0;
    Step step = step_of(SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written));
    step.bytes = written;
    return step;
}

void TlsConnection::close() {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ERR_clear_error();
}

Step TlsConnection::step_of(int returned) {
    if (returned > 0) return {Step::Outcome::moved, 0};
    switch (SSL_get_error(tls_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {Step::Outcome::wants_read, 0};
        case SSL_ERROR_WANT_WRITE:
            return {Step::Outcome::wants_write, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {Step::Outcome::ended, 0};
        default:
            return {Step::Outcome::failed, 0};
    }
}

Result<void> send_all(TlsConnection& connection, std::string_view bytes, const Interrupts& interrupts,
                      const Deadline& deadline) {
    while (!bytes.empty()) {
        const Step step = connection.write(bytes);
        bytes.remove_prefix(step.bytes);
        if (step.outcome == Step::Outcome::moved) continue;
        if (!is_waiting(step.outcome)) return Error{Fault::unavailable, "the server ended the connection"};
        TRY(wait_for(connection.number(), events_for(step.outcome), interrupts, deadline));
    }
    return {};
}

Result<std::string> receive(TlsConnection& connection, const Interrupts& interrupts,
                            const std::optional<Deadline>& deadline) {
    std::string piece(piece_bytes, '\0');
    while (true) {
        const Step step = connection.read(piece.data(), piece.size());
        if (step.outcome == Step::Outcome::moved) {
            piece.resize(step.bytes);
            return piece;
        }
        if (!is_waiting(step.outcome)) return Error{Fault::unavailable, "the server ended the connection"};
        TRY(wait_for(connection.number(), events_for(step.outcome), interrupts, deadline));
    }
}

}  // namespace countersign::proxy
