#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/arn_pattern.h"
#include "policy/check/report.h"
#include "policy/glob.h"

namespace countersign::policy {

namespace {

constexpr std::string_view marks = "*?$";
constexpr std::string_view of_users = "dbuser:";

bool is_open(std::string_view field) {
    return field.find_first_of(marks) != field.npos;
}

bool is_resource_id(std::string_view text) {
    const std::size_t dash = text.find('-');
    const std::string_view kind = text.substr(0, dash);
    if (dash == text.npos || (kind != "db" && kind != "cluster" && kind != "prx")) return false;
    const std::string_view rest = text.substr(dash + 1);
    return rest.size() >= 10 && std::ranges::all_of(rest, [kind](char c) {
               const bool letter = (c >= 'A' && c <= 'Z') || (kind == "prx" && c >= 'a' && c <= 'z');
               return letter || (c >= '0' && c <= '9');
           });
}

bool fits(std::string_view pattern, std::string_view text) {
    return Pattern(pattern, {.variables = true, .wildcards = true}, Case::exact).matches(text, {});
}

// arn:PARTITION:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/DBUSER, beside the facts of the databases here.
class DatabaseUserArn {
public:
    DatabaseUserArn(const Placed& place, const ArnFields& fields, Report& report)
        : place_(place), region_(fields[3]), account_(fields[4]), rest_(fields[5]), report_(report) {}

    void check() {
        if (region_.empty()) report_.add(finding_kinds::missing_arn_region, place_.here(), "rds-db");
        if (!is_open(account_) && !is_account(account_))
            report_.add(finding_kinds::invalid_arn_account, place_.here(), printable(account_));
        if (rest_ == "*") return;
        const std::size_t slash = rest_.find('/');
        if (!rest_.starts_with(of_users) || slash == rest_.npos)
            return report_.add(finding_kinds::invalid_arn_resource, place_.here());
        id_ = rest_.substr(of_users.size(), slash - of_users.size());
        user_ = rest_.substr(slash + 1);
        check_id();
        if (!user_.empty() && !is_open(user_)) check_user();
    }

private:
    static bool is_account(std::string_view text) {
        return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    }

    bool is_known_here() const {
        const CheckFacts& facts = report_.facts();
        return !facts.account.empty() && fits(account_, facts.account);
    }

    void check_id() {
        if (is_open(id_)) return;
        if (const KnownDatabase* named = database_called(id_))
            return report_.add(finding_kinds::database_name_in_arn, place_.here(), named->name,
                               named->resource_id);
        if (!is_resource_id(id_)) return report_.add(finding_kinds::invalid_arn_resource, place_.here());
        if (!is_known_here() || is_open(region_) || !databases_meant().empty()) return;
        std::vector<std::string> ids;
        for (const KnownDatabase& database : report_.facts().databases) ids.push_back(database.resource_id);
        report_.add(finding_kinds::no_such_database, place_.here(), printable(region_), printable(account_),
                    printable(id_), did_you_mean(id_, ids));
    }

    const KnownDatabase* database_called(std::string_view name) const {
        const auto& all = report_.facts().databases;
        const auto found = std::ranges::find(all, lower(name), &KnownDatabase::name);
        return found == all.end() || !is_known_here() ? nullptr : &*found;
    }

    std::vector<const KnownDatabase*> databases_meant() const {
        std::vector<const KnownDatabase*> meant;
        if (!is_known_here()) return meant;
        for (const KnownDatabase& database : report_.facts().databases)
            if (fits(region_, database.region) && fits(id_, database.resource_id)) meant.push_back(&database);
        return meant;
    }

    // Of several databases one that has the user is enough.
    void check_user() {
        const std::vector<const KnownDatabase*> meant = databases_meant();
        const auto lacks = [&](const KnownDatabase* database) {
            return report_.facts().lacks_user && report_.facts().lacks_user(*database, std::string(user_));
        };
        if (meant.empty() || !std::ranges::all_of(meant, lacks)) return;
        std::vector<std::string> names;
        names.reserve(meant.size());
        for (const KnownDatabase* database : meant) names.push_back(database->name);
        report_.add(finding_kinds::no_such_database_user, place_.here(), joined(names, ", "),
                    printable(user_));
    }

    const Placed& place_;
    const std::string_view region_;
    const std::string_view account_;
    const std::string_view rest_;
    std::string_view id_;
    std::string_view user_;
    Report& report_;
};

void check_partition(const Placed& place, const ArnFields& fields, Report& report) {
    constexpr std::array<std::string_view, 3> partitions = {"aws", "aws-cn", "aws-us-gov"};
    if (is_open(fields[1]) || std::ranges::find(partitions, fields[1]) != partitions.end()) return;
    report.add(finding_kinds::invalid_partition, place.here(), printable(fields[2]), printable(fields[1]));
}

void check_variables(const Placed& place, Report& report) {
    const std::string& text = place.node.text;
    const std::size_t open = text.rfind("${");
    if (open != text.npos && text.find('}', open) == text.npos)
        report.add(finding_kinds::missing_brace_in_variable, place.here());
}

}  // namespace

void check_resource_text(const Placed& resource, Report& report) {
    const std::string& text = resource.node.text;
    if (text == "*") return;
    check_variables(resource, report);
    if (!text.starts_with("arn:")) return report.add(finding_kinds::invalid_arn_prefix, resource.here());
    const ArnText arn(text);
    if (!arn.fields) return report.add(finding_kinds::missing_arn_field, resource.here());
    const ArnFields& fields = *arn.fields;
    check_partition(resource, fields, report);
    if (lower(fields[2]) != fields[2])
        report.add(finding_kinds::invalid_arn_service_case, resource.here(), printable(fields[2]));
    if (fields[2] == "iam" && !fields[3].empty())
        report.add(finding_kinds::arn_region_not_allowed, resource.here(), "iam");
    if (fields[2] == "rds-db") DatabaseUserArn(resource, fields, report).check();
}

}  // namespace countersign::policy
