// Counts logins for /metrics.
#pragma once

#include "agent/login_entry.h"
#include "base/metrics.h"

namespace countersign::agent {

class LoginMetrics : public LoginListener {
public:
    explicit LoginMetrics(Metrics& metrics) : metrics_(metrics) {}

    void heard(const LoginEntry& entry) override {
        if (entry.decision != "ended") metrics_.count_login(entry.check);
    }

private:
    Metrics& metrics_;
};

}  // namespace countersign::agent
