#include "services/secretsmanager/read.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/json.h"
#include "gateway/tags.h"
#include "services/secretsmanager/lookup.h"

namespace countersign::secretsmanager {

using databases::StagedVersion;
using gateway::Call;

namespace {

constexpr std::string_view current = "AWSCURRENT";

// By its id, by its label, by both where they agree; the current one where neither is given.
Result<StagedVersion> version_asked_for(const FoundSecret& secret, const api::GetSecretValueRequest& input) {
    const auto is_it = [&](const StagedVersion& one) {
        if (input.VersionId && *input.VersionId != one.version->id) return false;
        if (input.VersionStage) return *input.VersionStage == one.stage;
        return input.VersionId || one.stage == current;
    };
    const std::vector<StagedVersion> versions = secret.versions();
    const auto found = std::ranges::find_if(versions, is_it);
    if (found != versions.end()) return *found;
    const std::string which = input.VersionId
                                  ? "VersionId: " + *input.VersionId
                                  : "staging label: " + input.VersionStage.value_or(std::string(current));
    return Error{Fault::not_found,
                 fmt::format("Secrets Manager can't find the specified secret value for {}", which),
                 "ResourceNotFoundException"};
}

// As RDS writes it: a JSON object of the user's name and password.
std::string secret_text(const std::string& username, const Secret& password) {
    formats::json::object text;
    text["username"] = username;
    text["password"] = password.reveal();
    return formats::json::serialize(text);
}

}  // namespace

void put_version_keys(const api::GetSecretValueRequest& input, Target& target) {
    std::optional<std::string> id = input.VersionId;
    std::optional<std::string> stage = input.VersionStage;
    if (target.secret) {
        if (const auto asked = version_asked_for(*target.secret, input)) {
            id = asked->version->id;
            stage = std::string(asked->stage);
        }
    }
    if (!id && !stage) stage = std::string(current);
    if (id) target.facts["secretsmanager:versionid"] = {*id};
    if (stage) target.facts["secretsmanager:versionstage"] = {*stage};
}

Result<api::GetSecretValueResponse> get_secret_value(const Deps& deps, const Call&, const FoundSecret& secret,
                                                     const api::GetSecretValueRequest& input) {
    const StagedVersion asked = TRY(version_asked_for(secret, input));
    const Secret password = TRY(databases::password_of(secret.record(), *asked.version, deps.sealing));
    api::GetSecretValueResponse answer;
    answer.ARN = secret.record().arn;
    answer.Name = secret.record().name;
    answer.VersionId = asked.version->id;
    answer.SecretString = secret_text(secret.owner.server().master_username, password);
    answer.VersionStages = {std::string(asked.stage)};
    answer.CreatedDate = asked.version->created;
    return answer;
}

Result<api::DescribeSecretResponse> describe_secret(const Deps&, const Call&, const FoundSecret& secret,
                                                    const api::DescribeSecretRequest&) {
    const model::ManagedSecret& record = secret.record();
    api::DescribeSecretResponse answer;
    answer.ARN = record.arn;
    answer.Name = record.name;
    answer.Description = secret.description();
    if (!record.kms_key.empty()) answer.KmsKeyId = record.kms_key;
    answer.RotationEnabled = false;
    answer.LastChangedDate = record.versions.back().created;
    if (record.versions.size() > 1) answer.LastRotatedDate = record.versions.back().created;
    answer.Tags = gateway::tags_to_api<api::Tag>(secret.owner.tags());
    for (const StagedVersion& one : secret.versions())
        answer.VersionIdsToStages[one.version->id] = {std::string(one.stage)};
    answer.OwningService = "rds";
    answer.CreatedDate = record.created;
    return answer;
}

Result<api::GetResourcePolicyResponse> get_resource_policy(const Deps&, const Call&,
                                                           const FoundSecret& secret,
                                                           const api::GetResourcePolicyRequest&) {
    api::GetResourcePolicyResponse answer;
    answer.ARN = secret.record().arn;
    answer.Name = secret.record().name;
    return answer;
}

}  // namespace countersign::secretsmanager
