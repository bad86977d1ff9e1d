#include "services/cloudtrail/login_event.h"

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "model/arn.h"

namespace countersign::cloudtrail {

namespace {

namespace json = formats::json;

// Always the same for the same line: a UUID of the version for ids that somebody makes up (8).
std::string event_id(const audit::LoginEntry& entry) {
    const std::string digest =
        crypto::sha256_hex(entry.login_id + '/' + std::string(name_of(entry.decision)) + '/' + entry.time);
    const std::string_view hex = digest;
    return fmt::format("{}-{}-8{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3),
                       hex.substr(15, 3), hex.substr(18, 12));
}

std::string resource_type(std::string_view resource_id) {
    if (resource_id.starts_with("cluster-")) return "AWS::RDS::DBCluster";
    return resource_id.starts_with("prx-") ? "AWS::RDS::DBProxy" : "AWS::RDS::DBInstance";
}

// The name at the end of arn:aws:iam::A:user/path/NAME or of …:assumed-role/ROLE/SESSION.
std::string username_of(const audit::LoginEntry& entry) {
    if (!entry.session_name.empty()) return entry.session_name;
    const std::string& arn = entry.principal_arn;
    if (arn.ends_with(":root")) return "root";
    return arn.empty() ? "" : arn.substr(arn.find_last_of("/:") + 1);
}

std::string_view identity_type(std::string_view arn) {
    if (arn.empty()) return "Unknown";
    if (arn.find(":assumed-role/") != std::string_view::npos) return "AssumedRole";
    if (arn.find(":federated-user/") != std::string_view::npos) return "FederatedUser";
    return arn.ends_with(":root") ? "Root" : "IAMUser";
}

json::object identity_of(const audit::LoginEntry& entry, const std::string& username) {
    json::object identity{{"type", identity_type(entry.principal_arn)}};
    if (!entry.principal_arn.empty()) {
        identity["arn"] = entry.principal_arn;
        const std::vector<std::string_view> parts = split(entry.principal_arn, ':');
        if (parts.size() > 5) identity["accountId"] = parts[4];
        identity["userName"] = username;
    }
    if (!entry.access_key_id.empty()) identity["accessKeyId"] = to_api(entry.access_key_id);
    if (!entry.source_identity.empty())
        identity["sessionContext"] = json::object{{"sourceIdentity", entry.source_identity}};
    return identity;
}

// Of a principal of another account the database's owner learns who it was, and nothing of its policies.
bool tells_policies(const audit::LoginEntry& entry) {
    const auto principal = model::parse_arn(entry.principal_arn);
    return !entry.policy.empty() && principal && principal->account == entry.account;
}

json::object details_of(const audit::LoginEntry& entry) {
    json::object details{{"loginId", entry.login_id},           {"resourceId", entry.resource_id},
                         {"decision", name_of(entry.decision)}, {"databaseName", to_api(entry.database_name)},
                         {"databaseUser", to_api(entry.user)},  {"backendPid", entry.backend_pid}};
    if (!entry.check.empty()) details["check"] = entry.check;
    if (tells_policies(entry)) details["policy"] = entry.policy;
    if (!entry.application_name.empty()) details["applicationName"] = to_api(entry.application_name);
    return details;
}

}  // namespace

std::optional<Event> event_of(const audit::LoginEntry& entry) {
    const bool ended = entry.decision == audit::Decision::ended;
    const auto time = formats::parse_extended_time(entry.time);
    if (!time ||
        (!ended && entry.decision != audit::Decision::allowed && entry.decision != audit::Decision::refused))
        return std::nullopt;
    Event event;
    event.account = entry.account;
    event.region = entry.region;
    event.id = event_id(entry);
    event.time = *time;
    event.name = ended ? "DatabaseSessionEnd" : "DatabaseLogin";
    event.source = "rds-db.amazonaws.com";
    event.username = username_of(entry);
    event.access_key_id = to_api(entry.access_key_id);
    event.resources = {{resource_type(entry.resource_id), entry.database}};
    json::object record = record_of(event);
    record["userIdentity"] = identity_of(entry, event.username);
    record["eventType"] = "AwsServiceEvent";
    record["sourceIPAddress"] = entry.source_address;
    record["requestParameters"] = nullptr;
    record["responseElements"] =
        ended ? json::value(nullptr)
              : json::value(json::object{
                    {"DatabaseLogin", entry.decision == audit::Decision::allowed ? "Success" : "Failure"}});
    record["serviceEventDetails"] = details_of(entry);
    if (entry.decision == audit::Decision::refused) {
        record["errorCode"] = "LoginRefused";
        record["errorMessage"] = to_api(entry.reason);
    }
    event.record = visible_json(json::serialize(record));
    return event;
}

}  // namespace countersign::cloudtrail
