// A plain blocking TCP client for the tests: sends any bytes, reads answers as they come. Waits half a minute
// at most, so that a server that does not answer fails the test instead of holding it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::http {

struct RawAnswer {
    std::string head;  // up to and with the empty line
    std::string body;

    int status() const { return head.size() > 12 ? std::stoi(head.substr(9, 3)) : 0; }
};

class TestSocket {
public:
    explicit TestSocket(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{30, 0};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    TestSocket(TestSocket&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          is_connected_(other.is_connected_),
          unread_(std::move(other.unread_)) {}
    TestSocket(const TestSocket&) = delete;
    TestSocket& operator=(const TestSocket&) = delete;
    ~TestSocket() {
        if (descriptor_ >= 0) close(descriptor_);
    }

    bool is_connected() const { return is_connected_; }

    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    // One answer by its Content-Length; an answer to HEAD, or an interim one, has a head only.
    RawAnswer read_answer(bool head_only = false) {
        RawAnswer answer;
        std::size_t end = unread_.find("\r\n\r\n");
        while (end == std::string::npos && read_more()) end = unread_.find("\r\n\r\n");
        if (end == std::string::npos) return answer;
        answer.head = take(end + 4);
        const std::size_t length = answer.head.find("Content-Length: ");
        if (head_only || length == std::string::npos) return answer;
        const std::size_t size = std::stoul(answer.head.substr(length + 16));
        while (unread_.size() < size && read_more()) continue;
        answer.body = take(size);
        return answer;
    }

    RawAnswer ask(std::string_view request) {
        write(request);
        return read_answer();
    }

    // True when the server ended the connection in order and sent nothing more.
    bool is_ended() {
        const bool more = read_more();
        return !more && unread_.empty() && was_end_orderly_;
    }

private:
    bool read_more() {
        std::array<char, 4096> bytes;
        const ssize_t count = recv(descriptor_, bytes.data(), bytes.size(), 0);
        was_end_orderly_ = count == 0;
        if (count <= 0) return false;
        unread_.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }

    std::string take(std::size_t count) {
        std::string taken = unread_.substr(0, count);
        unread_.erase(0, count);
        return taken;
    }

    int descriptor_;
    bool is_connected_ = false;
    bool was_end_orderly_ = false;
    std::string unread_;
};

}  // namespace countersign::http
