// Plays the agent at a socket: notes what it is asked and does what its script says. Several threads may look
// at it.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wire/login.h"

namespace countersign::hook::test {

using Bytes = std::vector<uint8_t>;

struct Question {
    bool well_formed = false;
    wire::Transport transport = wire::Transport::unknown;
    wire::Membership membership = wire::Membership::unknown;
    std::string user;
    std::string source;
    std::string service;
    std::string database;
    std::string application;
    std::string token;
    pid_t backend = -1;  // by SO_PEERCRED
};

enum class Manner { answer, stay_silent, hang_up, hang_up_unread };

struct Script {
    Manner manner = Manner::answer;
    Bytes answer;
    std::function<void(const Question&)> on_question;
};

inline const std::string login_id = "L0123456789abcde";
Bytes answer(wire::Verdict verdict, const std::string& reason);
Script allow();
Script refuse(const std::string& reason);

class Responder {
public:
    Responder(const std::string& path, Script script);
    ~Responder();
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

    std::vector<Question> questions() const;
    // Waits until somebody has asked.
    void await_question();

private:
    void serve();
    void attend(int connection);

    const std::string path_;
    const Script script_;
    int listener_ = -1;
    int wake_[2] = {-1, -1};
    std::vector<int> held_;
    mutable std::mutex mutex_;
    std::condition_variable asked_;
    std::vector<Question> questions_;
    std::thread thread_;
};

// A socket whose backlog is full and that nobody ever accepts from.
class FullListener {
public:
    explicit FullListener(const std::string& path);
    ~FullListener();
    FullListener(const FullListener&) = delete;
    FullListener& operator=(const FullListener&) = delete;

    bool is_full() const { return is_full_; }

private:
    const std::string path_;
    std::vector<int> sockets_;
    bool is_full_ = false;
};

}  // namespace countersign::hook::test
