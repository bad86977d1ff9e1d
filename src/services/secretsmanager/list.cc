#include "services/secretsmanager/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "gateway/paging.h"
#include "gateway/tags.h"
#include "services/secretsmanager/lookup.h"

namespace countersign::secretsmanager {

using databases::StagedVersion;
using gateway::Call;

namespace {

constexpr std::int64_t page_max = 100;
constexpr std::string_view bad_token = "InvalidNextTokenException";

// What a filter of that key looks at.
std::vector<std::string> traits_of(const FoundSecret& secret, std::string_view key) {
    std::vector<std::string> traits;
    const bool all = key == "all";
    if (all || key == "name") traits.push_back(secret.record().name);
    if (all || key == "description") traits.push_back(secret.description());
    if (all || key == "owning-service") traits.emplace_back("rds");
    for (const model::Tag& tag : secret.owner.tags()) {
        if (all || key == "tag-key") traits.push_back(tag.Key);
        if (all || key == "tag-value") traits.push_back(tag.Value);
    }
    return traits;
}

// The beginning of a trait, in any case; after '!', of none.
bool meets(const FoundSecret& secret, std::string_view key, std::string_view value) {
    const bool is_denied = value.starts_with('!');
    const std::string wanted = lower(is_denied ? value.substr(1) : value);
    const auto begins = [&](const std::string& trait) { return lower(trait).starts_with(wanted); };
    return std::ranges::any_of(traits_of(secret, key), begins) != is_denied;
}

bool meets(const FoundSecret& secret, const std::optional<std::vector<api::Filter>>& filters) {
    if (!filters) return true;
    return std::ranges::all_of(*filters, [&](const api::Filter& filter) {
        return filter.Values && std::ranges::any_of(*filter.Values, [&](const std::string& value) {
                   return meets(secret, filter.Key.value_or("all"), value);
               });
    });
}

api::SecretListEntry to_api(const FoundSecret& secret) {
    const model::ManagedSecret& record = secret.record();
    api::SecretListEntry answer;
    answer.ARN = record.arn;
    answer.Name = record.name;
    answer.Description = secret.description();
    if (!record.kms_key.empty()) answer.KmsKeyId = record.kms_key;
    answer.RotationEnabled = false;
    answer.LastChangedDate = record.versions.back().created;
    answer.Tags = gateway::tags_to_api<api::Tag>(secret.owner.tags());
    for (const StagedVersion& one : secret.versions())
        answer.SecretVersionsToStages[one.version->id] = {std::string(one.stage)};
    answer.OwningService = "rds";
    answer.CreatedDate = record.created;
    return answer;
}

std::string sort_text(const api::SecretListEntry& entry, std::string_view by) {
    constexpr int digits = 15;
    if (by == "name") return *entry.Name;
    const Instant time = by == "last-changed-date" ? *entry.LastChangedDate : *entry.CreatedDate;
    return fmt::format("{:0{}} {}", time.time_since_epoch().count(), digits, *entry.Name);
}

}  // namespace

// The order is a part of the question: a token continues the answer to the same one.
Result<api::ListSecretsResponse> list_secrets(const Deps& deps, const Call& call,
                                              const api::ListSecretsRequest& input) {
    const std::string by = input.SortBy.value_or("created-date");
    const bool ascends = input.SortOrder.value_or("desc") == "asc";
    std::vector<std::pair<std::string, api::SecretListEntry>> entries;
    for (const FoundSecret& secret : TRY(all_secrets(deps, call)))
        if (meets(secret, input.Filters)) {
            api::SecretListEntry entry = to_api(secret);
            std::string place = sort_text(entry, by);
            entries.emplace_back(std::move(place), std::move(entry));
        }
    std::ranges::sort(entries, [&](const auto& one, const auto& other) {
        return ascends ? one.first < other.first : other.first < one.first;
    });
    if (input.NextToken) {
        const std::string after = TRY(gateway::place_of(*input.NextToken, bad_token));
        std::erase_if(entries, [&](const auto& entry) {
            return ascends ? entry.first <= after : entry.first >= after;
        });
    }
    const auto most = static_cast<std::size_t>(input.MaxResults.value_or(page_max));
    api::ListSecretsResponse answer;
    for (const auto& [place, entry] : entries) {
        if (answer.SecretList.size() == most) {
            answer.NextToken = gateway::marker_of(sort_text(answer.SecretList.back(), by));
            break;
        }
        answer.SecretList.push_back(entry);
    }
    return answer;
}

Result<api::ListSecretVersionIdsResponse> list_versions(const Deps&, const Call&, const FoundSecret& secret,
                                                        const api::ListSecretVersionIdsRequest& input) {
    std::vector<api::SecretVersionsListEntry> entries;
    std::map<std::string, std::string_view> stages;
    for (const StagedVersion& one : secret.versions()) stages[one.version->id] = one.stage;
    std::vector<model::SecretVersion> versions = secret.record().versions;
    std::ranges::reverse(versions);
    for (const model::SecretVersion& version : versions) {
        const auto stage = stages.find(version.id);
        const bool is_deprecated = stage == stages.end();
        if (is_deprecated && !input.IncludeDeprecated.value_or(false)) continue;
        api::SecretVersionsListEntry& entry = entries.emplace_back();
        entry.VersionId = version.id;
        if (!is_deprecated) entry.VersionStages = {std::string(stage->second)};
        entry.CreatedDate = version.created;
    }
    const auto most = static_cast<std::size_t>(input.MaxResults.value_or(page_max));
    auto page = TRY(gateway::page_of(std::move(entries), [](const auto& entry) { return *entry.VersionId; },
                                     {input.NextToken, most, bad_token}));
    api::ListSecretVersionIdsResponse answer;
    answer.ARN = secret.record().arn;
    answer.Name = secret.record().name;
    answer.Versions = std::move(page.items);
    answer.NextToken = std::move(page.next);
    return answer;
}

}  // namespace countersign::secretsmanager
