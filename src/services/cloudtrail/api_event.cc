#include "services/cloudtrail/api_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "formats/iso_time.h"
#include "policy/explanation_json.h"

namespace countersign::cloudtrail {

namespace {

namespace json = formats::json;
using access::PrincipalType;

constexpr std::size_t input_bytes_max = 100UL * 1000;  // CloudTrail's own limit of requestParameters

constexpr std::array<std::string_view, 9> reading_verbs{"Assume", "Decode", "Describe", "Explain", "Generate",
                                                        "Get",    "List",   "Lookup",   "Simulate"};

struct ResourceMember {
    std::string_view member;  // of requestParameters
    std::string_view type;
};
constexpr std::array ec2_members{
    ResourceMember{"groupId", "AWS::EC2::SecurityGroup"},
    ResourceMember{"groupName", "AWS::EC2::SecurityGroup"},
    ResourceMember{"prefixListId", "AWS::EC2::PrefixList"},
    ResourceMember{"subnetId", "AWS::EC2::Subnet"},
    ResourceMember{"vpcId", "AWS::EC2::VPC"},
};
constexpr std::array resource_members{
    ResourceMember{"accessKeyId", "AWS::IAM::AccessKey"},
    ResourceMember{"dBClusterIdentifier", "AWS::RDS::DBCluster"},
    ResourceMember{"dBInstanceIdentifier", "AWS::RDS::DBInstance"},
    ResourceMember{"dBSubnetGroupName", "AWS::RDS::DBSubnetGroup"},
    ResourceMember{"groupName", "AWS::IAM::Group"},
    ResourceMember{"instanceProfileName", "AWS::IAM::InstanceProfile"},
    ResourceMember{"policyArn", "AWS::IAM::Policy"},
    ResourceMember{"policyName", "AWS::IAM::Policy"},
    ResourceMember{"roleArn", "AWS::IAM::Role"},
    ResourceMember{"roleName", "AWS::IAM::Role"},
    ResourceMember{"userName", "AWS::IAM::User"},
};

bool reads(std::string_view action) {
    return std::ranges::any_of(reading_verbs,
                               [&](std::string_view verb) { return action.starts_with(verb); });
}

std::string source_of(std::string_view service) {
    if (service == "awsssoportal" || service == "sso-oauth") return "sso.amazonaws.com";
    return service == "countersign" ? "countersign" : std::string(service) + ".amazonaws.com";
}

json::object input_of(const gateway::ApiCall& call) {
    if (call.input.size() > input_bytes_max) return {};
    auto input = formats::parse_json(call.input);
    return input && input->is_object() ? std::move(input->get_object()) : json::object();
}

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* found = object.if_contains(member);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

std::vector<EventResource> resources_of(std::string_view service, const json::object& input) {
    std::vector<EventResource> resources;
    const bool of_ec2 = service == "ec2";
    for (const ResourceMember& member : of_ec2 ? std::span<const ResourceMember>(ec2_members)
                                               : std::span<const ResourceMember>(resource_members))
        if (std::string name = text_of(input, member.member); !name.empty())
            resources.push_back({std::string(member.type), std::move(name)});
    return resources;
}

std::string name_of(const access::Principal& principal) {
    if (principal.type == PrincipalType::root) return "root";
    if (principal.type == PrincipalType::user) return principal.user_name;
    return principal.session != nullptr ? principal.session->name : "";
}

std::string_view type_of(PrincipalType type) {
    switch (type) {
        case PrincipalType::root:
            return "Root";
        case PrincipalType::user:
            return "IAMUser";
        case PrincipalType::assumed_role:
            return "AssumedRole";
        case PrincipalType::federated_user:
            return "FederatedUser";
        case PrincipalType::role:
            return "Role";
        case PrincipalType::anonymous:
        case PrincipalType::group:
            break;
    }
    return "Unknown";
}

json::object session_context(const access::Principal& principal) {
    const access::Session& session = *principal.session;
    json::object issuer;
    if (!session.principal.empty()) {
        const bool role = session.kind == access::SessionKind::role;
        const auto arn = principal.context.find("aws:principalarn");
        issuer["type"] = role ? "Role" : "IAMUser";
        issuer["principalId"] = session.principal_id;
        if (role && arn != principal.context.end() && !arn->second.empty())
            issuer["arn"] = arn->second.front();
        issuer["accountId"] = session.account;
        issuer["userName"] = session.principal;
    }
    json::object context{{"sessionIssuer", std::move(issuer)},
                         {"attributes",
                          {{"creationDate", formats::second_time(session.issued)},
                           {"mfaAuthenticated", session.mfa_time ? "true" : "false"}}}};
    if (!session.source_identity.empty()) context["sourceIdentity"] = session.source_identity;
    return context;
}

json::object identity_of(const access::Caller& caller) {
    const access::Principal& principal = caller.principal();
    json::object identity;
    identity["type"] = type_of(principal.type);
    identity["principalId"] = principal.id;
    identity["arn"] = principal.arn;
    identity["accountId"] = principal.account;
    identity["accessKeyId"] = caller.access_key_id();
    if (!principal.user_name.empty() && principal.type == PrincipalType::user)
        identity["userName"] = principal.user_name;
    if (principal.session != nullptr) identity["sessionContext"] = session_context(principal);
    return identity;
}

// A service of AWS assumes roles for machines, a program that provisions people has a token; everybody else
// who signs nothing has an identity provider.
json::object stranger_of(const gateway::ApiCall& call) {
    const bool is_person = call.service == "signin" || call.service == "awsssoportal" ||
                           call.service == "sso-directory" || call.service == "sso-oauth";
    if (is_person && call.federated != nullptr)
        return {{"type", "IdentityCenterUser"},
                {"accountId", call.federated->account},
                {"userName", to_api(call.federated->subject)},
                {"onBehalfOf", json::object{{"identityStoreArn", call.federated->provider}}},
                {"credentialId", to_api(call.federated->audience)}};
    if (call.service == "identitystore-scim" && call.federated != nullptr)
        return {{"type", "WebIdentityUser"},
                {"accountId", call.federated->account},
                {"accessKeyId", call.federated->subject}};
    if (call.action == "AssumeRole") return {{"type", "AWSService"}, {"invokedBy", call.source}};
    json::object identity{{"type", call.action == "AssumeRoleWithSAML" ? "SAMLUser" : "WebIdentityUser"}};
    const gateway::FederatedCaller* const federated = call.federated;
    if (federated == nullptr) return identity;
    if (federated->proven) {
        identity["principalId"] =
            fmt::format("{}:{}:{}", federated->provider, federated->audience, federated->subject);
        identity["userName"] = federated->subject;
    }
    if (!federated->provider.empty()) identity["identityProvider"] = to_api(federated->provider);
    return identity;
}

// What is kept of what a stranger asked for: of bounded length, whatever was sent.
json::object asked_by_stranger(const json::object& input) {
    json::object kept;
    for (const std::string_view member : {"roleArn", "roleSessionName", "principalArn"})
        if (const std::string text = text_of(input, member); !text.empty()) kept[member] = to_api(text);
    return kept;
}

bool has_known_caller(const gateway::ApiCall& call) {
    return call.caller != nullptr && call.caller->principal().type != PrincipalType::anonymous;
}

// Of a call without a signature it is the account of the role that was assumed, or whose provider vouched for
// the caller: others are asked by anybody for any account.
std::string account_of(const gateway::ApiCall& call, const json::object& input) {
    if (has_known_caller(call)) return call.caller->principal().account;
    if (call.federated != nullptr) return call.federated->account;
    const std::string role = text_of(input, "roleArn");
    const std::vector<std::string_view> parts = split(role, ':');
    return call.error_code.empty() && parts.size() > 5 ? std::string(parts[4]) : "";
}

// What a trust policy said, or that nothing was verified for one to be asked.
json::object added_data(const gateway::ApiCall& call) {
    if (is_strangers(call)) return {{"verified", false}};
    if (call.federated == nullptr || call.denial == nullptr || call.error_code.empty()) return {};
    return {{"authorization", policy::to_json(call.denial->explanation)}};
}

}  // namespace

bool is_strangers(const gateway::ApiCall& call) {
    return call.federated != nullptr && !call.federated->proven;
}

std::optional<Event> event_of(const gateway::ApiCall& call, std::string event_id) {
    if (call.service == "monitoring") return std::nullopt;
    const json::object given = input_of(call);
    const json::object input = is_strangers(call) ? asked_by_stranger(given) : given;
    Event event;
    event.account = account_of(call, input);
    if (event.account.empty()) return std::nullopt;
    event.region = call.region;
    event.id = std::move(event_id);
    event.time = call.time;
    event.name = call.action;
    event.source = source_of(call.service);
    event.read_only = reads(call.action);
    event.resources = resources_of(call.service, input);
    json::object record = record_of(event);
    const bool known = has_known_caller(call);
    record["userIdentity"] = known ? identity_of(*call.caller) : stranger_of(call);
    if (known) {
        event.username = name_of(call.caller->principal());
        event.access_key_id = call.caller->access_key_id();
    }
    record["eventType"] = "AwsApiCall";
    record["sourceIPAddress"] = to_api(call.source);
    record["userAgent"] = to_api(call.user_agent);
    record["requestID"] = call.request_id;
    record["requestParameters"] = input.empty() ? json::value(nullptr) : json::value(input);
    record["responseElements"] = nullptr;
    if (!call.error_code.empty()) {
        record["errorCode"] = call.error_code;
        record["errorMessage"] = to_api(call.error_message);
    }
    if (call.federated != nullptr) event.username = call.federated->subject;
    if (json::object added = added_data(call); !added.empty())
        record["additionalEventData"] = std::move(added);
    event.record = visible_json(json::serialize(record));
    return event;
}

Event event_of(const LeftOut& left_out, std::string event_id) {
    Event event;
    event.account = left_out.account;
    event.region = left_out.region;
    event.id = std::move(event_id);
    event.time = left_out.until;
    event.name = left_out.action;
    event.source = source_of(left_out.action == "UserAuthentication" ? "signin" : "sts");
    event.read_only = true;
    json::object record = record_of(event);
    record["userIdentity"] = {{"type", "Unknown"}};
    record["eventType"] = "AwsApiCall";
    record["sourceIPAddress"] = to_api(left_out.busiest);
    record["errorCode"] = "EventsLeftOut";
    record["errorMessage"] = fmt::format(
        "{} more calls of which nothing could be verified were refused and have no events of their own",
        left_out.calls);
    record["additionalEventData"] = {{"verified", false},
                                     {"calls", left_out.calls},
                                     {"clients", left_out.clients},
                                     {"from", formats::second_time(left_out.from)},
                                     {"until", formats::second_time(left_out.until)}};
    event.record = visible_json(json::serialize(record));
    return event;
}

}  // namespace countersign::cloudtrail
