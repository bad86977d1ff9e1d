#include "agent_api/client/control_plane_health.h"

#include <fmt/format.h>
#include <time.h>

#include "base/limits.h"
#include "formats/iso_time.h"

namespace countersign::agent_api::client {

Uptime uptime() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::duration_cast<Uptime>(std::chrono::seconds(now.tv_sec) +
                                              std::chrono::nanoseconds(now.tv_nsec));
}

std::string ControlPlaneHealth::why_not(Uptime now) const {
    if (!removed_.empty()) return removed_;
    if (!last_) return "the control plane has not answered since this agent started";
    if (is_fresh(now)) return {};
    const auto silent = std::chrono::floor<std::chrono::seconds>(now - *last_);
    return fmt::format(
        "the control plane has not answered for {} s, and what is known of the access key may be "
        "used for {} s (--stale-for)",
        silent.count(), stale_for_.count());
}

std::optional<Uptime> ControlPlaneHealth::silence(Uptime now) const {
    if (!last_) return std::nullopt;
    return now - *last_;
}

bool is_day_over(std::string_view date, Instant now) {
    const auto begin = formats::parse_basic_time(std::string(date) + "T000000Z");
    return !begin || now >= *begin + std::chrono::days(1) + limits::token_lifetime_max;
}

}  // namespace countersign::agent_api::client
