#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace countersign {

struct Metrics::Families {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& logins =
        prometheus::BuildCounter()
            .Name("countersign_logins_total")
            .Help("Attempts to log in to a database, by outcome and by the check that refused")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                            .Name("countersign_api_requests_total")
                                                            .Help("API requests, by operation and error code")
                                                            .Register(registry);
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count_login(std::string_view check) {
    families_->logins
        .Add({{"decision", check.empty() ? "allowed" : "refused"}, {"check", std::string(check)}})
        .Increment();
}

void Metrics::count_request(std::string_view action, std::string_view code) {
    families_->requests.Add({{"action", std::string(action)}, {"code", std::string(code)}}).Increment();
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace countersign
