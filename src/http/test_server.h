// For the tests: a server on a free port of the loopback address, and a door at which handlers wait.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "http/server.h"

namespace countersign::http {

inline ServerOptions loopback_options(ServerLimits server_limits = {}) {
    ServerOptions options;
    options.host = "127.0.0.1";
    options.workers = 2;
    options.overloaded = [](const Request&) { return Response{400, {}, "Throttling"}; };
    options.limits = server_limits;
    return options;
}

// Answers with what it was asked.
inline Response echo(const Request& request) {
    std::string seen = request.method + ' ' + request.target + '\n';
    for (const auto& [name, value] : request.headers) seen += name + '=' + value + '\n';
    return {200, {{"X-Peer", request.peer}}, seen + '\n' + request.body};
}

inline std::unique_ptr<Server> started(ServerOptions options, Handler handler, const Log& log) {
    auto server = Server::listen(std::move(options), std::move(handler), log);
    if (!server) {
        ADD_FAILURE() << server.error().message;
        return nullptr;
    }
    (*server)->start();
    return *std::move(server);
}

class Door {
public:
    // Waits until the door is open; not forever, so that a failed test ends.
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait_for(lock, std::chrono::seconds(30), [this] { return is_open_; });
    }
    void wait_for_arrivals(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return arrived_ >= count; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool is_open_ = false;
};

}  // namespace countersign::http
