// Figures for Prometheus, served at /metrics: logins by outcome, API requests by operation and error code.
// Labels come from fixed sets only, never from what a client sends. Safe to call from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace countersign {

class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // `check` is the check that refused, empty when the login was allowed.
    void count_login(std::string_view check);
    // `code` is the error's, empty when there was none.
    void count_request(std::string_view action, std::string_view code);

    // Prometheus' text format, version 0.0.4.
    std::string text() const;

private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace countersign
