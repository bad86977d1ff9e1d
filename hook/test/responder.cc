#include "test/responder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace countersign::hook::test {
namespace {

constexpr auto question_wait_max = std::chrono::seconds(60);

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

int listen_at(const std::string& path, int backlog) {
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(path);
    const bool listens = bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         chmod(path.c_str(), 0666) == 0 && listen(listener, backlog) == 0;
    if (!listens) throw std::runtime_error("cannot listen at " + path);
    return listener;
}

std::string string(const wire::Text& from) {
    return {from.data, from.size};
}

Question read_question(int connection) {
    Question question;
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) question.backend = peer.pid;
    Bytes bytes(wire::request_bytes_max + 1);
    const ssize_t received = recv(connection, bytes.data(), bytes.size(), 0);
    wire::RequestView view;
    if (received < 0 || !wire::decode_request(bytes.data(), static_cast<size_t>(received), &view))
        return question;
    question.well_formed = true;
    question.transport = view.transport;
    question.membership = view.membership;
    question.user = string(view.user);
    question.source = string(view.source);
    question.service = string(view.service);
    question.database = string(view.database);
    question.application = string(view.application);
    question.token = string(view.token);
    return question;
}

}  // namespace

Bytes answer(wire::Verdict verdict, const std::string& reason) {
    Bytes bytes(wire::answer_bytes_max);
    const wire::AnswerView view = {
        verdict, {login_id.data(), login_id.size()}, {reason.data(), reason.size()}};
    bytes.resize(wire::encode_answer(view, bytes.data(), bytes.size()));
    return bytes;
}

Script allow() {
    return {Manner::answer, answer(wire::Verdict::allowed, ""), {}};
}

Script refuse(const std::string& reason) {
    return {Manner::answer, answer(wire::Verdict::refused, reason), {}};
}

Responder::Responder(const std::string& path, Script script)
    : path_(path), script_(std::move(script)), listener_(listen_at(path, SOMAXCONN)) {
    if (pipe2(wake_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    thread_ = std::thread([this] { serve(); });
}

Responder::~Responder() {
    close(wake_[1]);
    thread_.join();
    close(wake_[0]);
    close(listener_);
    for (const int connection : held_) close(connection);
    unlink(path_.c_str());
}

std::vector<Question> Responder::questions() const {
    const std::lock_guard lock(mutex_);
    return questions_;
}

void Responder::await_question() {
    std::unique_lock lock(mutex_);
    if (!asked_.wait_for(lock, question_wait_max, [this] { return !questions_.empty(); })) {
        throw std::runtime_error("nobody asked");
    }
}

void Responder::serve() {
    for (;;) {
        pollfd both[] = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
        if (poll(both, 2, -1) < 0) continue;
        if (both[1].revents != 0) return;
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) attend(connection);
    }
}

void Responder::attend(int connection) {
    const Question question =
        script_.manner == Manner::hang_up_unread ? Question{} : read_question(connection);
    {
        const std::lock_guard lock(mutex_);
        questions_.push_back(question);
        asked_.notify_all();
    }
    if (script_.on_question) script_.on_question(question);
    if (script_.manner == Manner::answer) {
        send(connection, script_.answer.data(), script_.answer.size(), MSG_NOSIGNAL);
    }
    if (script_.manner == Manner::stay_silent) {
        held_.push_back(connection);
    } else {
        close(connection);
    }
}

FullListener::FullListener(const std::string& path) : path_(path) {
    constexpr int connections_max = 64;
    sockets_.push_back(listen_at(path, 0));
    const sockaddr_un address = address_of(path);
    for (int i = 0; i < connections_max && !is_full_; ++i) {
        sockets_.push_back(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int code =
            connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        is_full_ = code != 0 && errno == EAGAIN;
    }
}

FullListener::~FullListener() {
    for (const int socket : sockets_) close(socket);
    unlink(path_.c_str());
}

}  // namespace countersign::hook::test
