#include "telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "base/text.h"

namespace countersign::telemetry {

namespace {

using Counters = prometheus::Family<prometheus::Counter>;
using Family = prometheus::MetricFamily;  // as it is shown

constexpr std::string_view resource_label = "resource_id";
constexpr std::array<std::string_view, 3> names_of_databases{"database", resource_label, "region"};
constexpr std::size_t databases_max = 4096;  // with labels of their own; more are "other"
constexpr std::size_t label_bytes_max = 128;

const prometheus::Histogram::BucketBoundaries verdict_seconds{
    0.000'005, 0.000'01, 0.000'025, 0.000'05, 0.000'1, 0.000'25, 0.000'5, 0.001, 0.005, 0.025, 0.1, 0.5, 1.5};

// The serializer escapes quotes, backslashes and line ends, and nothing else.
std::string label_of(std::string_view text) {
    return printable(text, label_bytes_max);
}

Counters& counters(prometheus::Registry& registry, const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Counters& connections(prometheus::Registry& registry, const std::string& what, const std::string& figure) {
    return counters(registry, "countersign_iam_db_auth_connection_" + what + "_total",
                    "CloudWatch's IamDbAuthConnection" + figure);
}

const std::string* label_named(std::string_view name, const prometheus::ClientMetric& metric) {
    const auto label = std::ranges::find(metric.label, name, &prometheus::ClientMetric::Label::name);
    return label == metric.label.end() ? nullptr : &label->value;
}

// Only counters have the names of databases.
void sum_over_databases(Family& family) {
    std::vector<prometheus::ClientMetric> sums;
    for (prometheus::ClientMetric& metric : family.metric) {
        std::erase_if(metric.label, [](const auto& label) {
            return std::ranges::count(names_of_databases, label.name) > 0;
        });
        const auto same = std::ranges::find(sums, metric.label, &prometheus::ClientMetric::label);
        if (same == sums.end())
            sums.push_back(std::move(metric));
        else
            same->counter.value += metric.counter.value;
    }
    family.metric = std::move(sums);
}

}  // namespace

struct Metrics::Families {
    // The counters of one database and check, found once.
    struct Row {
        std::vector<prometheus::Counter*> counters;
        prometheus::Histogram* seconds = nullptr;
    };

    prometheus::Registry registry;
    Counters& logins = counters(registry, "countersign_logins_total",
                                "Attempts to log in to a database, by outcome and by the check that refused");
    Counters& requests =
        counters(registry, "countersign_api_requests_total", "API requests, by operation and error code");
    Counters& hba_alarms = counters(registry, "countersign_hba_alarms_total",
                                    "Alarms about pg_hba.conf of attached servers, by what was found");
    prometheus::Family<prometheus::Gauge>& hba_in_order =
        prometheus::BuildGauge()
            .Name("countersign_hba_in_order")
            .Help(
                "1 while pg_hba.conf of an attached server lets members of rds_iam in by token alone, 0 "
                "while it does not, NaN when that cannot be told")
            .Register(registry);
    Counters& iam_requests = connections(registry, "requests", "Requests");
    Counters& iam_success = connections(registry, "success", "Success");
    Counters& iam_failure = connections(registry, "failure", "Failure");
    std::map<std::string, Counters*, std::less<>> iam_causes{
        {"invalid_token", &connections(registry, "failure_invalid_token", "FailureInvalidToken")},
        {"insufficient_permissions",
         &connections(registry, "failure_insufficient_permissions", "FailureInsufficientPermissions")},
        {"throttling", &connections(registry, "failure_throttling", "FailureThrottling")},
        {"server_error", &connections(registry, "failure_server_error", "FailureServerError")}};
    prometheus::Family<prometheus::Histogram>& seconds =
        prometheus::BuildHistogram()
            .Name("countersign_login_verdict_seconds")
            .Help("Time from the request of a login to its verdict, by outcome")
            .Register(registry);

    Mutex mutex;
    std::set<std::string, std::less<>> databases GUARDED_BY(mutex);
    std::map<std::string, std::string, std::less<>> accounts GUARDED_BY(mutex);  // by resource id
    std::map<std::string, Row, std::less<>> rows GUARDED_BY(mutex);

    Row& row(const CountedLogin& login);
    prometheus::Labels labels_of(const CountedDatabase& database) REQUIRES(mutex);
    bool is_of(std::string_view resource_id, std::string_view account);
    Row make_row(const CountedLogin& login) REQUIRES(mutex);
};

bool Metrics::Families::is_of(std::string_view resource_id, std::string_view account) {
    const MutexLock lock(mutex);
    const auto owner = accounts.find(resource_id);
    return owner != accounts.end() && owner->second == account;
}

prometheus::Labels Metrics::Families::labels_of(const CountedDatabase& counted) {
    prometheus::Labels database{{"database", label_of(counted.database)},
                                {std::string(resource_label), label_of(counted.resource_id)},
                                {"region", label_of(counted.region)}};
    const std::string resource_id = label_of(counted.resource_id);
    const std::string name = database["database"] + '/' + resource_id + '/' + database["region"];
    if (databases.size() < databases_max) databases.insert(name);
    if (databases.contains(name))
        accounts.emplace(resource_id, counted.account);
    else
        for (auto& [label, value] : database) value = "other";
    return database;
}

Metrics::Families::Row Metrics::Families::make_row(const CountedLogin& login) {
    const std::string decision = login.check.empty() ? "allowed" : "refused";
    const std::string check = label_of(login.check);
    const prometheus::Labels database =
        labels_of({login.database, login.resource_id, login.region, login.account});
    prometheus::Labels with_check = database;
    with_check["check"] = check;
    prometheus::Labels with_decision = with_check;
    with_decision["decision"] = decision;
    Row made;
    made.counters.push_back(&logins.Add(with_decision));
    made.seconds = &seconds.Add({{"decision", decision}}, verdict_seconds);
    if (!login.reached_iam) return made;
    made.counters.push_back(&iam_requests.Add(database));
    made.counters.push_back(check.empty() ? &iam_success.Add(database) : &iam_failure.Add(with_check));
    const auto cause = iam_causes.find(login.cause);
    if (!check.empty() && cause != iam_causes.end()) made.counters.push_back(&cause->second->Add(with_check));
    return made;
}

Metrics::Families::Row& Metrics::Families::row(const CountedLogin& login) {
    std::string key;
    for (const std::string_view part : {login.database, login.resource_id, login.region, login.check})
        key.append(part).push_back('\n');
    const MutexLock lock(mutex);
    if (const auto found = rows.find(key); found != rows.end()) return found->second;
    return rows.emplace(key, make_row(login)).first->second;
}

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count_login(const CountedLogin& login) {
    const Families::Row& row = families_->row(login);
    for (prometheus::Counter* counter : row.counters) counter->Increment();
    if (login.latency.count() > 0) row.seconds->Observe(std::chrono::duration<double>(login.latency).count());
}

void Metrics::set_hba_in_order(const CountedDatabase& database, double value) {
    const MutexLock lock(families_->mutex);
    families_->hba_in_order.Add(families_->labels_of(database)).Set(value);
}

void Metrics::drop_hba_in_order(const CountedDatabase& database) {
    const MutexLock lock(families_->mutex);
    families_->hba_in_order.Remove(&families_->hba_in_order.Add(families_->labels_of(database)));
}

void Metrics::count_hba_alarm(const CountedDatabase& database, std::string_view state) {
    const MutexLock lock(families_->mutex);
    prometheus::Labels labels = families_->labels_of(database);
    labels["state"] = label_of(state);
    families_->hba_alarms.Add(labels).Increment();
}

void Metrics::count_request(std::string_view action, std::string_view code) {
    families_->requests.Add({{"action", label_of(action)}, {"code", label_of(code)}}).Increment();
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

std::string Metrics::sums() const {
    std::vector<Family> families = families_->registry.Collect();
    std::erase_if(families,
                  [](const Family& family) { return family.type == prometheus::MetricType::Gauge; });
    for (Family& family : families) sum_over_databases(family);
    return prometheus::TextSerializer().Serialize(families);
}

std::string Metrics::text_of(std::string_view account) const {
    std::vector<Family> families = families_->registry.Collect();
    const auto is_another = [&](const prometheus::ClientMetric& metric) {
        const std::string* const id = label_named(resource_label, metric);
        return id == nullptr || !families_->is_of(*id, account);
    };
    for (Family& family : families) std::erase_if(family.metric, is_another);
    std::erase_if(families, [](const Family& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace countersign::telemetry
