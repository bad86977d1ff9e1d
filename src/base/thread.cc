#include "base/thread.h"

#include <pthread.h>

#include <chrono>
#include <exception>

namespace countersign {

namespace {

constexpr auto begin_again_after = std::chrono::seconds(1);

// Never throws: it runs where something was caught. Without memory there is no line.
void report(const Log& log, const std::string& name, const char* error) noexcept {
    try {
        log.error("thread.failed", {{"thread", name}, {"error", error}});
    } catch (...) {
    }
}

}  // namespace

bool guarded(const Log& log, const std::string& name, const std::function<void()>& body) {
    try {
        body();
        return true;
    } catch (const std::exception& failure) {
        report(log, name, failure.what());
    } catch (...) {
        report(log, name, "unknown");
    }
    return false;
}

Thread::Thread(std::string name, const Log& log, std::function<void()> body, std::function<bool()> ended)
    : thread_([name = std::move(name), &log, body = std::move(body), ended = std::move(ended)] {
          ::pthread_setname_np(::pthread_self(), name.c_str());
          while (!guarded(log, name, body) && !ended()) std::this_thread::sleep_for(begin_again_after);
      }) {}

}  // namespace countersign
