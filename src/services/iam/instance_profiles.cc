// Operations on instance profiles: create, get, list, delete, the one role of each, tags.
#include "services/iam/instance_profiles.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/arn.h"
#include "model/ids.h"
#include "model/keys.h"
#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/entities.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/roles.h"
#include "services/iam/tag_records.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredProfile = store::Stored<model::InstanceProfile>;

namespace {

std::string profile_arn(const std::string& account, const model::InstanceProfile& profile) {
    return model::iam_arn(account, "instance-profile" + profile.path + profile.name);
}

Result<StoredProfile> find_profile(store::Store& store, const std::string& account, const std::string& name) {
    auto stored = TRY(store::load<model::InstanceProfile>(store, keys::instance_profile(account, name)));
    if (!stored)
        return Error{Fault::not_found, fmt::format("Instance Profile {} cannot be found.", name),
                     "NoSuchEntity"};
    return *std::move(stored);
}

Result<api::InstanceProfile> with_role(store::Store& store, const std::string& account,
                                       const model::InstanceProfile& profile) {
    if (profile.role.empty()) return shown_in_list(account, profile);
    const auto role = TRY(find_role(store, account, profile.role));
    return shown_in_list(store, account, profile, role.record);
}

Result<std::vector<api::InstanceProfile>> shown_all(store::Store& store, const std::string& account,
                                                    const std::vector<StoredProfile>& profiles) {
    std::vector<api::InstanceProfile> all;
    all.reserve(profiles.size());
    for (const StoredProfile& profile : profiles)
        all.push_back(TRY(with_role(store, account, profile.record)));
    return all;
}

}  // namespace

api::InstanceProfile shown_in_list(const std::string& account, const model::InstanceProfile& profile) {
    api::InstanceProfile answer;
    answer.Path = profile.path;
    answer.InstanceProfileName = profile.name;
    answer.InstanceProfileId = profile.id;
    answer.Arn = profile_arn(account, profile);
    answer.CreateDate = profile.created;
    return answer;
}

Result<api::InstanceProfile> shown_in_list(store::Store& store, const std::string& account,
                                           const model::InstanceProfile& profile, const model::Role& role) {
    api::InstanceProfile answer = shown_in_list(account, profile);
    answer.Roles.push_back(TRY(in_profile_to_api(store, account, role)));
    return answer;
}

Result<std::vector<StoredProfile>> profiles_of(store::Store& store, const std::string& account,
                                               const std::string& role) {
    auto profiles = TRY(store::load_all<model::InstanceProfile>(store, keys::instance_profiles(account)));
    std::erase_if(profiles,
                  [&](const StoredProfile& profile) { return lower(profile.record.role) != lower(role); });
    return profiles;
}

namespace {

Result<api::CreateInstanceProfileResponse> create_instance_profile(
    const Deps& deps, const Call& call, const api::CreateInstanceProfileRequest& input) {
    model::InstanceProfile profile;
    profile.name = *input.InstanceProfileName;
    profile.path = TRY(path_of(input.Path));
    profile.id = model::new_unique_id("AIPA", deps.random);
    profile.created = call.now;
    profile.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    const Error taken{Fault::exists, fmt::format("Instance Profile {} already exists.", profile.name),
                      "EntityAlreadyExists"};
    TRY(store::retry_races([&] {
        return create_record(deps.store, keys::instance_profile(call.account(), profile.name), profile,
                             taken);
    }));
    api::CreateInstanceProfileResponse answer;
    answer.InstanceProfile = shown_in_list(call.account(), profile);
    answer.InstanceProfile->Tags = to_api(profile.tags);
    return answer;
}

Result<api::GetInstanceProfileResponse> get_instance_profile(const Deps& deps, const Call& call,
                                                             const api::GetInstanceProfileRequest& input) {
    const auto stored = TRY(find_profile(deps.store, call.account(), *input.InstanceProfileName));
    api::GetInstanceProfileResponse answer;
    answer.InstanceProfile = TRY(with_role(deps.store, call.account(), stored.record));
    answer.InstanceProfile->Tags = to_api(stored.record.tags);
    return answer;
}

Result<api::ListInstanceProfilesResponse> list_instance_profiles(
    const Deps& deps, const Call& call, const api::ListInstanceProfilesRequest& input) {
    const auto shown_page = TRY(stored_page<model::InstanceProfile>(
        deps.store, keys::instance_profiles(call.account()), input, below_path(input)));
    api::ListInstanceProfilesResponse answer;
    answer.InstanceProfiles = TRY(shown_all(deps.store, call.account(), shown_page.items));
    put_page(answer, shown_page);
    return answer;
}

Result<api::ListInstanceProfilesForRoleResponse> list_instance_profiles_for_role(
    const Deps& deps, const Call& call, const api::ListInstanceProfilesForRoleRequest& input) {
    const auto role = TRY(find_role(deps.store, call.account(), *input.RoleName));
    auto profiles = TRY(profiles_of(deps.store, call.account(), role.record.name));
    const auto shown_page = TRY(page(
        std::move(profiles), [](const auto& profile) { return profile.key; }, input.Marker, input.MaxItems));
    api::ListInstanceProfilesForRoleResponse answer;
    answer.InstanceProfiles = TRY(shown_all(deps.store, call.account(), shown_page.items));
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> delete_instance_profile(const Deps& deps, const Call& call,
                                        const api::DeleteInstanceProfileRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_profile(deps.store, call.account(), *input.InstanceProfileName));
        if (!stored.record.role.empty()) return must_first("remove roles from instance profile");
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

// Whoever puts a role where machines may use it must be allowed to pass it on.
Result<void> check_passing(const Deps& deps, const Call& call, const std::string& role) {
    Call passing = call;
    passing.context["iam:passedtoservice"] = {fmt::format("ec2.{}", model::dns_suffix())};
    return gateway::authorize_all(passing, "iam:PassRole", role_resource(deps.store, call, role));
}

Result<Nothing> add_role_to_instance_profile(const Deps& deps, const Call& call,
                                             const api::AddRoleToInstanceProfileRequest& input) {
    TRY(check_passing(deps, call, *input.RoleName));
    const auto add = [&](model::InstanceProfile& profile, store::Transaction& more) -> Result<void> {
        const auto role = TRY(find_role(deps.store, call.account(), *input.RoleName));
        TRY(check_modifiable(role.record));
        if (!profile.role.empty())
            return Error{Fault::conflict, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
                         "LimitExceeded"};
        profile.role = role.record.name;
        // The role is written again as it is, so that it cannot be deleted between the look and the write.
        more.guards.push_back(role.unchanged());
        more.writes.push_back(store::put(role.key, role.record));
        return {};
    };
    return change_record<find_profile>(deps, call, *input.InstanceProfileName, add);
}

Result<Nothing> remove_role_from_instance_profile(const Deps& deps, const Call& call,
                                                  const api::RemoveRoleFromInstanceProfileRequest& input) {
    const auto remove = [&](model::InstanceProfile& profile, store::Transaction&) -> Result<void> {
        if (lower(profile.role) != lower(*input.RoleName))
            return Error{Fault::not_found,
                         fmt::format("The role with name {} cannot be found in instance profile {}.",
                                     *input.RoleName, profile.name),
                         "NoSuchEntity"};
        profile.role.clear();
        return {};
    };
    return change_record<find_profile>(deps, call, *input.InstanceProfileName, remove);
}

Result<Nothing> tag_instance_profile(const Deps& deps, const Call& call,
                                     const api::TagInstanceProfileRequest& input) {
    return tag_record<find_profile>(deps, call, *input.InstanceProfileName, *input.Tags);
}

Result<Nothing> untag_instance_profile(const Deps& deps, const Call& call,
                                       const api::UntagInstanceProfileRequest& input) {
    return untag_record<find_profile>(deps, call, *input.InstanceProfileName, *input.TagKeys);
}

Result<api::ListInstanceProfileTagsResponse> list_instance_profile_tags(
    const Deps& deps, const Call& call, const api::ListInstanceProfileTagsRequest& input) {
    const auto stored = TRY(find_profile(deps.store, call.account(), *input.InstanceProfileName));
    return tags_page<api::ListInstanceProfileTagsResponse>(stored.record.tags, input);
}

namespace ops = api::ops;

std::vector<std::string> created_profile(const Call& call, const api::CreateInstanceProfileRequest& input) {
    return below_account(call, "instance-profile", input.Path.value_or("/"), *input.InstanceProfileName);
}

std::vector<std::string> all_profiles(const Call& call, const api::ListInstanceProfilesRequest& input) {
    return below_account(call, "instance-profile", input.PathPrefix.value_or("/"), "");
}

template <class Op>
gateway::Operation on_profile(const Deps& deps, Function<Op> function) {
    const auto find = [&store = deps.store](const Call& call, const typename Op::Input& input) {
        return find_profile(store, call.account(), *input.InstanceProfileName);
    };
    const auto resources = [find](const Call& call, const typename Op::Input& input) {
        const auto stored = find(call, input);
        if (!stored) return below_account(call, "instance-profile", "/", *input.InstanceProfileName);
        return std::vector{profile_arn(call.account(), stored->record)};
    };
    return with_tags<Op>(row<Op>(deps, resources, function), find);
}

}  // namespace

Rows instance_profile_operations(const Deps& deps) {
    return {
        on_profile<ops::AddRoleToInstanceProfile>(deps, add_role_to_instance_profile),
        with_request_tags<ops::CreateInstanceProfile>(
            row<ops::CreateInstanceProfile>(deps, created_profile, create_instance_profile)),
        on_profile<ops::DeleteInstanceProfile>(deps, delete_instance_profile),
        on_profile<ops::GetInstanceProfile>(deps, get_instance_profile),
        on_profile<ops::ListInstanceProfileTags>(deps, list_instance_profile_tags),
        row<ops::ListInstanceProfiles>(deps, all_profiles, list_instance_profiles),
        on_role<ops::ListInstanceProfilesForRole>(deps, list_instance_profiles_for_role),
        on_profile<ops::RemoveRoleFromInstanceProfile>(deps, remove_role_from_instance_profile),
        on_profile<ops::TagInstanceProfile>(deps, tag_instance_profile),
        on_profile<ops::UntagInstanceProfile>(deps, untag_instance_profile),
    };
}

}  // namespace countersign::iam
