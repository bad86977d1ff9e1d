// Counts logins, and alarms about pg_hba.conf, for /metrics.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include "audit/entry.h"
#include "audit/failure_cause.h"
#include "audit/hba_note.h"
#include "telemetry/metrics.h"

namespace countersign::audit {

class LoginMetrics : public LoginListener {
public:
    explicit LoginMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {}

    void on_login(const LoginEntry& entry) override {
        if (const auto note = hba_note_in(entry); note && *note != HbaNote::in_order)
            metrics_.count_hba_alarm({entry.database, entry.resource_id, entry.region, entry.account},
                                     code_of(*note).substr(hba_check.size() + 1));
        const bool allowed = entry.decision == Decision::allowed;
        if (!allowed && entry.decision != Decision::refused) return;
        telemetry::CountedLogin login{entry.database, entry.resource_id, entry.region};
        login.account = entry.account;
        login.latency = std::chrono::microseconds(entry.latency_us);
        if (!allowed) {
            const std::optional<FailureCause> cause = failure_cause(entry.check);
            login.check = is_known(entry.check) ? std::string_view(entry.check) : "other";
            login.reached_iam = cause.has_value();
            if (cause) login.cause = cause_labels[static_cast<std::size_t>(*cause)];
        }
        metrics_.count_login(login);
    }

private:
    static constexpr std::array<std::string_view, 4> cause_labels{"invalid_token", "insufficient_permissions",
                                                                  "throttling", "server_error"};

    static bool is_known(std::string_view check) {
        return std::ranges::find(check_causes, check, &CheckCause::check) != check_causes.end();
    }

    telemetry::Metrics& metrics_;
};

}  // namespace countersign::audit
