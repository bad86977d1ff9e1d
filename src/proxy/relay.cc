#include "proxy/relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace countersign::proxy {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;

// Bytes on their way: all are written before more are read.
struct Way {
    std::string buffer;
    std::size_t begin = 0;
    std::size_t end = 0;

    bool is_empty() const { return begin == end; }
    std::string_view waiting() const { return std::string_view(buffer).substr(begin, end - begin); }
    void filled(std::size_t bytes) {
        begin = 0;
        end = bytes;
    }
};

class Relay {
public:
    Relay(int client, TlsConnection& server, std::string from_server, int stopping)
        : client_(client), server_(server), stopping_(stopping) {
        up_.buffer.resize(buffer_bytes);
        down_.buffer = std::move(from_server);
        down_.filled(down_.buffer.size());
    }

    void run() {
        while (!is_over_) {
            const bool has_moved = move();
            if (!is_over_) wait(has_moved ? 0 : -1);
        }
    }

private:
    // One round, without waiting. False: nothing can be moved now.
    bool move() {
        server_events_ = 0;
        bool has_moved = up_.is_empty() ? read_client() : write_server();
        has_moved |= down_.is_empty() ? read_server() : write_client();
        // A client that has gone needs no answer; a server that has gone has said all.
        if ((client_ended_ && up_.is_empty()) || (server_ended_ && down_.is_empty())) is_over_ = true;
        return has_moved;
    }

    bool read_client() {
        if (client_ended_) return false;
        const ssize_t bytes = ::recv(client_, up_.buffer.data(), up_.buffer.size(), 0);
        if (bytes > 0) up_.filled(static_cast<std::size_t>(bytes));
        if (bytes == 0 || (bytes < 0 && errno != EAGAIN && errno != EINTR)) client_ended_ = true;
        return bytes > 0;
    }

    bool write_client() {
        const std::string_view waiting = down_.waiting();
        const ssize_t bytes = ::send(client_, waiting.data(), waiting.size(), MSG_NOSIGNAL);
        if (bytes > 0) down_.begin += static_cast<std::size_t>(bytes);
        if (bytes < 0 && errno != EAGAIN && errno != EINTR) is_over_ = true;
        return bytes > 0;
    }

    // As many records as there are and find room.
    bool read_server() {
        if (server_ended_) return false;
        if (down_.buffer.size() < buffer_bytes) down_.buffer.resize(buffer_bytes);
        std::size_t bytes = 0;
        Step step{Step::Outcome::moved, 0};
        while (step.outcome == Step::Outcome::moved && bytes < down_.buffer.size()) {
            step = server_.read(down_.buffer.data() + bytes, down_.buffer.size() - bytes);
            bytes += step.bytes;
        }
        note(step);
        down_.filled(bytes);
        return bytes > 0;
    }

    bool write_server() {
        const Step step = server_.write(up_.waiting());
        up_.begin += step.bytes;
        note(step);
        return step.bytes > 0;
    }

    // What the connection waits for: in TLS, a step of one way may have to wait for the other.
    void note(const Step& step) {
        if (step.outcome == Step::Outcome::wants_read) server_events_ |= POLLIN;
        if (step.outcome == Step::Outcome::wants_write) server_events_ |= POLLOUT;
        if (step.outcome == Step::Outcome::ended || step.outcome == Step::Outcome::failed)
            server_ended_ = true;
    }

    void wait(int patience) {
        const auto client_events = static_cast<short>((up_.is_empty() && !client_ended_ ? POLLIN : 0) |
                                                      (down_.is_empty() ? 0 : POLLOUT));
        std::array<pollfd, 3> watched{{{client_events == 0 ? -1 : client_, client_events, 0},
                                       {server_events_ == 0 ? -1 : server_.number(), server_events_, 0},
                                       {stopping_, POLLIN, 0}}};
        if (::poll(watched.data(), watched.size(), patience) < 0 && errno != EINTR) is_over_ = true;
        if (watched[2].revents != 0) is_over_ = true;
    }

    const int client_;
    TlsConnection& server_;
    const int stopping_;
    Way up_;
    Way down_;
    bool client_ended_ = false;
    bool server_ended_ = false;
    short server_events_ = 0;  // of poll(2)
    bool is_over_ = false;
};

}  // namespace

void relay(int client, TlsConnection& server, std::string from_server, int stopping) {
    Relay(client, server, std::move(from_server), stopping).run();
}

}  // namespace countersign::proxy
