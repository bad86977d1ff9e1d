#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"

namespace countersign::hook {
namespace {

// A signal that arrives just before poll() starts is seen after this long at the latest.
constexpr int64_t slice_ms_max = 50;
// AF_UNIX has no event for "the backlog has room again".
constexpr int64_t backlog_retry_ms = 5;

static_assert(wire::exchange_ms_max == 1500, "describe() says so");

int64_t monotonic_ms() {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// One exchange in progress. The constructor starts the deadline, the destructor closes the socket.
class Exchange {
public:
    explicit Exchange(Answer* answer) : answer_(answer), end_ms_(monotonic_ms() + wire::exchange_ms_max) {}
    ~Exchange() {
        if (socket_ >= 0) close(socket_);
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    bool connect_to(const char* path);
    bool send(const wire::RequestView& request);
    bool receive();

private:
    bool fail(Failure failure, int system_error = 0);
    bool fail_from_errno();
    // Until the socket is ready, or for `ms_max` at the most; false when there is no time left.
    bool wait(short events, int64_t ms_max);
    // After a call that failed: true when it is worth another try.
    bool may_retry(short events);

    Answer* answer_;
    int64_t end_ms_;
    int socket_ = -1;
};

bool Exchange::fail(Failure failure, int system_error) {
    answer_->failure = failure;
    answer_->system_error = system_error;
    return false;
}

bool Exchange::fail_from_errno() {
    switch (errno) {
        case ENOENT:
        case ENOTDIR:
            return fail(Failure::absent);
        case ECONNREFUSED:
            return fail(Failure::refused);
        case EACCES:
        case EPERM:
            return fail(Failure::forbidden);
        case EPIPE:
        case ECONNRESET:
            return fail(Failure::closed);
        default:
            return fail(Failure::unreachable, errno);
    }
}

bool Exchange::wait(short events, int64_t ms_max) {
    if (is_ending()) return fail(Failure::ending);
    const int64_t left_ms = end_ms_ - monotonic_ms();
    if (left_ms <= 0) return fail(Failure::silent);
    pollfd one = {socket_, events, 0};
    const int ready = poll(&one, events == 0 ? 0 : 1, static_cast<int>(left_ms < ms_max ? left_ms : ms_max));
    return ready >= 0 || errno == EINTR || fail_from_errno();
}

bool Exchange::may_retry(short events) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return fail_from_errno();
    return wait(events, events == 0 ? backlog_retry_ms : slice_ms_max);
}

bool Exchange::connect_to(const char* path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path, strlen(path));
    socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return fail_from_errno();
    while (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (!may_retry(0)) return false;
    }
    return true;
}

bool Exchange::send(const wire::RequestView& request) {
    uint8_t head[wire::request_head_bytes_max];
    const size_t head_bytes = wire::encode_request_head(request, head, sizeof head);
    if (head_bytes == 0) return fail(Failure::unreachable, EINVAL);
    iovec parts[] = {{head, head_bytes}, {const_cast<char*>(request.token.data), request.token.size}};
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    while (sendmsg(socket_, &message, MSG_NOSIGNAL) < 0) {
        if (!may_retry(POLLOUT)) return false;
    }
    return true;
}

bool Exchange::receive() {
    for (;;) {
        const ssize_t size = recv(socket_, answer_->bytes, sizeof answer_->bytes, 0);
        if (size == 0) return fail(Failure::closed);
        if (size > 0) {
            const bool is_answer =
                wire::decode_answer(answer_->bytes, static_cast<size_t>(size), &answer_->view);
            return is_answer || fail(Failure::malformed);
        }
        if (!may_retry(POLLIN)) return false;
    }
}

}  // namespace

const char* describe(Failure failure) {
    switch (failure) {
        case Failure::none:
            return "agent: answered";
        case Failure::absent:
            return "agent: not running (no such socket)";
        case Failure::refused:
            return "agent: not running (connection refused)";
        case Failure::forbidden:
            return "agent: the server may not open its socket (permission denied)";
        case Failure::silent:
            return "agent: does not answer within 1500 ms";
        case Failure::closed:
            return "agent: hung up without an answer";
        case Failure::malformed:
            return "agent: answered with what is no verdict";
        case Failure::ending:
            return "server: ended the login before the agent answered";
        case Failure::unreachable:
            break;
    }
    return "agent: cannot be reached";
}

bool is_socket_path(const char* path) {
    return path != nullptr && path[0] == '/' && strlen(path) < sizeof(sockaddr_un::sun_path);
}

void exchange(const char* path, const wire::RequestView& request, Answer* answer) {
    answer->view = {};
    Exchange exchange(answer);
    if (exchange.connect_to(path) && exchange.send(request) && exchange.receive()) {
        answer->failure = Failure::none;
    }
}

}  // namespace countersign::hook
