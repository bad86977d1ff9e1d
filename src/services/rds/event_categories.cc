#include "services/rds/event_categories.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/rds/filters.h"
#include "services/rds/validation.h"

namespace countersign::rds {

using gateway::Call;

namespace {

struct SourceType {
    std::string_view name;
    std::vector<std::string_view> categories;
};

const std::vector<SourceType>& source_types() {
    static const std::vector<SourceType> types{
        {"db-instance",
         {"availability", "backup", "configuration change", "creation", "deletion", "failover", "failure",
          "low storage", "maintenance", "notification", "read replica", "recovery", "restoration", "security",
          "security patching"}},
        {"db-cluster",
         {"configuration change", "creation", "deletion", "failover", "failure", "global-failover",
          "maintenance", "migration", "notification", "serverless"}},
        {"db-parameter-group", {"configuration change"}},
        {"db-security-group", {"configuration change", "failure"}},
        {"db-snapshot", {"creation", "deletion", "notification", "restoration"}},
        {"db-cluster-snapshot", {"backup", "notification"}},
        {"db-proxy", {"configuration change", "creation", "deletion", "failure"}},
        {"blue-green-deployment", {"creation", "deletion", "failure", "notification"}},
        {"custom-engine-version", {"creation", "failure", "restoration"}},
    };
    return types;
}

const SourceType* find_type(std::string_view name) {
    const auto found = std::ranges::find(source_types(), name, &SourceType::name);
    return found == source_types().end() ? nullptr : &*found;
}

bool is_among(const SourceType& type, std::string_view category) {
    return std::ranges::count(type.categories, category) > 0;
}

// The first words of messages. What is none of them is a notification.
struct Beginning {
    std::string_view words;
    std::string_view category;
};
constexpr std::array beginnings = std::to_array<Beginning>({
    {"DB instance created", "creation"},
    {"DB cluster created", "creation"},
    {"DB instance deleted", "deletion"},
    {"DB cluster deleted", "deletion"},
    {"DB instance shutdown", "availability"},
    {"DB instance restarted", "availability"},
    {"Recovery of the DB instance", "recovery"},
    {"The database failed", "failure"},
    {"PostgreSQL ended unexpectedly", "failure"},
    {"Countersign cannot log in", "failure"},
    {"IAM database authentication was turned", "configuration change"},
    {"Reset master credentials", "configuration change"},
    {"Renamed ", "configuration change"},
    {"Replication on the Read Replica", "read replica"},
    {"PostgreSQL was upgraded", "maintenance"},
    {"Database engine major version was upgraded", "maintenance"},
    {"The upgrade from version", "maintenance"},
});

}  // namespace

Result<void> check_source_type(const std::optional<std::string>& type) {
    if (!type || find_type(*type) != nullptr) return {};
    return invalid_value(
        fmt::format("The value {} of the parameter SourceType is not a valid source type.", *type));
}

bool has_category(std::string_view source_type, std::string_view category) {
    if (const SourceType* const type = find_type(source_type)) return is_among(*type, category);
    return source_type.empty() && std::ranges::any_of(source_types(), [&](const SourceType& type) {
               return is_among(type, category);
           });
}

std::string_view category_of(std::string_view message) {
    const auto* const found = std::ranges::find_if(
        beginnings, [&](const Beginning& one) { return message.starts_with(one.words); });
    return found == beginnings.end() ? "notification" : found->category;
}

Result<api::EventCategoriesMessage> describe_event_categories(
    const Deps&, const Call&, const api::DescribeEventCategoriesMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    TRY(check_source_type(input.SourceType));
    api::EventCategoriesMessage answer;
    for (const SourceType& type : source_types()) {
        if (input.SourceType && *input.SourceType != type.name) continue;
        api::EventCategoriesMap& shown = answer.EventCategoriesMapList.emplace_back();
        shown.SourceType = type.name;
        shown.EventCategories.assign(type.categories.begin(), type.categories.end());
    }
    return answer;
}

}  // namespace countersign::rds
