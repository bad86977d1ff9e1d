#include "services/rds/engine_versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "services/rds/describe.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/servers.h"

namespace countersign::rds {

using gateway::Call;

namespace {

// Examples; any class of the form db.X.Y is taken, and none makes a difference here.
constexpr std::array<std::string_view, 6> classes = {"db.r5.large",  "db.r6g.large",  "db.r7g.large",
                                                     "db.t3.medium", "db.t4g.medium", "db.m5.large"};

// An engine with one of the versions that are installed.
struct Offer {
    std::string_view engine;
    databases::EngineVersion version;
    bool newest = false;

    std::string family() const { return family_of(engine, version.text()); }
};

std::vector<Offer> offers_of(const databases::Versions& versions) {
    std::vector<Offer> offers;
    for (const std::string_view engine : {aurora, postgres})
        for (const databases::EngineVersion& version : versions.all())
            offers.push_back({engine, version, version == versions.all().back()});
    return offers;
}

std::string description_of(std::string_view engine, const std::string& version) {
    return engine == aurora ? fmt::format("Aurora PostgreSQL (Compatible with PostgreSQL {})", version)
                            : fmt::format("PostgreSQL {}", version);
}

// A version may be asked for as a whole or by its major number.
bool is_version(const databases::EngineVersion& version, const std::optional<std::string>& asked) {
    return !asked || *asked == version.text() || *asked == std::to_string(version.major);
}

Result<void> check_engine(const std::optional<std::string>& engine) {
    if (!engine || *engine == aurora || *engine == postgres) return {};
    return invalid_value(fmt::format("Unrecognized engine name: {}", *engine));
}

// Every newer major version that is installed; minor ones come with the machine's packages.
std::vector<api::UpgradeTarget> targets_of(const Offer& offer, const databases::Versions& versions) {
    std::vector<api::UpgradeTarget> targets;
    for (const databases::EngineVersion& version : versions.all()) {
        if (version.major <= offer.version.major) continue;
        api::UpgradeTarget& target = targets.emplace_back();
        target.Engine = offer.engine;
        target.EngineVersion = version.text();
        target.Description = description_of(offer.engine, version.text());
        target.AutoUpgrade = false;
        target.IsMajorVersionUpgrade = true;
    }
    return targets;
}

Traits version_traits_of(const Offer& offer) {
    return {{"engine", {std::string(offer.engine)}},
            {"engine-version", {offer.version.text(), std::to_string(offer.version.major)}},
            {"engine-mode", {"provisioned"}},
            {"db-parameter-group-family", {offer.family()}},
            {"status", {"available"}}};
}

api::DBEngineVersion to_api(const Offer& offer, const databases::Versions& versions) {
    const bool is_aurora = offer.engine == aurora;
    const std::string version = offer.version.text();
    api::DBEngineVersion answer;
    answer.Engine = offer.engine;
    answer.MajorEngineVersion = std::to_string(offer.version.major);
    answer.EngineVersion = version;
    answer.DBParameterGroupFamily = offer.family();
    answer.DBEngineDescription = is_aurora ? "Aurora (PostgreSQL)" : "PostgreSQL";
    answer.DBEngineVersionDescription = description_of(offer.engine, version);
    answer.ValidUpgradeTarget = targets_of(offer, versions);
    answer.SupportsLogExportsToCloudwatchLogs = false;
    answer.SupportsReadReplica = false;
    answer.SupportedEngineModes = {"provisioned"};
    answer.Status = "available";
    answer.SupportsParallelQuery = false;
    answer.SupportsGlobalDatabases = false;
    answer.SupportsBabelfish = false;
    answer.SupportsLimitlessDatabase = false;
    answer.SupportsCertificateRotationWithoutRestart = true;
    answer.SupportedCACertificateIdentifiers = {std::string(authority_id)};
    answer.SupportsLocalWriteForwarding = false;
    answer.SupportsIntegrations = false;
    return answer;
}

api::OrderableDBInstanceOption to_api(const Call& call, const Offer& offer,
                                      const std::string& instance_class) {
    api::OrderableDBInstanceOption answer;
    answer.Engine = offer.engine;
    answer.EngineVersion = offer.version.text();
    answer.DBInstanceClass = instance_class;
    answer.LicenseModel = "postgresql-license";
    answer.AvailabilityZoneGroup = call.region;
    for (const std::string& zone : zones_of(call.region)) answer.AvailabilityZones.emplace_back().Name = zone;
    answer.MultiAZCapable = false;
    answer.ReadReplicaCapable = false;
    answer.Vpc = true;
    answer.SupportsStorageEncryption = false;
    answer.StorageType = offer.engine == aurora ? "aurora" : "gp2";
    answer.SupportsIops = false;
    answer.SupportsStorageThroughput = false;
    answer.SupportsEnhancedMonitoring = false;
    answer.SupportsIAMDatabaseAuthentication = true;
    answer.SupportsPerformanceInsights = false;
    answer.SupportedEngineModes = {"provisioned"};
    answer.SupportsStorageAutoscaling = false;
    answer.SupportsKerberosAuthentication = false;
    answer.OutpostCapable = false;
    answer.SupportsGlobalDatabases = false;
    answer.SupportedNetworkTypes = {"IPV4"};
    answer.SupportsClusters = offer.engine == aurora;
    answer.SupportsDedicatedLogVolume = false;
    answer.SupportsHttpEndpoint = false;
    return answer;
}

// The place of a version in a list: by engine, then by version.
std::string place_of(std::string_view engine, const databases::EngineVersion& version) {
    return fmt::format("{} {:05}.{:05}", engine, version.major, version.minor);
}

}  // namespace

Result<api::DBEngineVersionMessage> describe_engine_versions(
    const Deps& deps, const Call&, const api::DescribeDBEngineVersionsMessage& input) {
    TRY(check_engine(input.Engine));
    const Filters filters = TRY(Filters::read(
        input.Filters, {"engine", "engine-version", "engine-mode", "db-parameter-group-family", "status"}));
    std::vector<Offer> offers = offers_of(deps.versions);
    std::erase_if(offers, [&](const Offer& offer) {
        const bool wanted = input.Engine.value_or(std::string(offer.engine)) == offer.engine &&
                            is_version(offer.version, input.EngineVersion) &&
                            input.DBParameterGroupFamily.value_or(offer.family()) == offer.family() &&
                            (offer.newest || !input.DefaultOnly.value_or(false));
        return !wanted || !filters.let_through(version_traits_of(offer));
    });
    const auto shown_page = TRY(page(
        std::move(offers), [](const Offer& offer) { return place_of(offer.engine, offer.version); }, input));
    api::DBEngineVersionMessage answer;
    for (const Offer& offer : shown_page.items)
        answer.DBEngineVersions.push_back(to_api(offer, deps.versions));
    answer.Marker = shown_page.next;
    return answer;
}

Result<api::OrderableDBInstanceOptionsMessage> describe_orderable_options(
    const Deps& deps, const Call& call, const api::DescribeOrderableDBInstanceOptionsMessage& input) {
    struct Option {
        Offer offer;
        std::string instance_class;
    };
    TRY(check_engine(input.Engine));
    TRY(Filters::read(input.Filters, {}));
    std::vector<std::string> offered(classes.begin(), classes.end());
    if (input.DBInstanceClass) {
        TRY(check_instance_class(*input.DBInstanceClass));
        offered = {*input.DBInstanceClass};
    }
    std::vector<Option> options;
    for (const Offer& offer : offers_of(deps.versions))
        if (offer.engine == *input.Engine && is_version(offer.version, input.EngineVersion) &&
            input.Vpc.value_or(true) &&
            input.LicenseModel.value_or("postgresql-license") == "postgresql-license")
            for (const std::string& name : offered) options.push_back({offer, name});
    const auto place = [](const Option& option) {
        return place_of(option.offer.engine, option.offer.version) + ' ' + option.instance_class;
    };
    const auto shown_page = TRY(page(std::move(options), place, input));
    api::OrderableDBInstanceOptionsMessage answer;
    for (const Option& option : shown_page.items)
        answer.OrderableDBInstanceOptions.push_back(to_api(call, option.offer, option.instance_class));
    answer.Marker = shown_page.next;
    return answer;
}

}  // namespace countersign::rds
