// Where the records of CloudFormation lie in the store, as keys.h has it for the rest.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "model/cloudformation.h"
#include "model/keys.h"

namespace countersign::model::keys {

inline std::string cloudformation() {
    return "/cloudformation/";
}
// Each noun lies in a region of an account below its kind: /cloudformation/ACCOUNT/REGION/KIND/
inline std::string cloudformation_kind(Name account_id, Name region, Name kind) {
    return cloudformation() + std::string(account_id) + '/' + std::string(region) + '/' + std::string(kind) +
           '/';
}
inline std::string stacks(Name account_id, Name region) {
    return cloudformation_kind(account_id, region, "stack");
}
inline std::string stack(Name account_id, Name region, Name uuid) {
    return stacks(account_id, region) + std::string(uuid);
}
// What it is made of now, and what a failed update goes back to.
inline std::string stack_source(Name account_id, Name region, Name uuid) {
    return cloudformation_kind(account_id, region, "source") + std::string(uuid);
}
inline std::string previous_source(Name account_id, Name region, Name uuid) {
    return cloudformation_kind(account_id, region, "previous") + std::string(uuid);
}
// The stack that has a name now: its uuid.
inline std::string stack_name(Name account_id, Name region, Name name) {
    return cloudformation_kind(account_id, region, "name") + std::string(name);
}
inline std::string stack_names(Name account_id, Name region) {
    return cloudformation_kind(account_id, region, "name");
}
inline std::string stack_resources(Name account_id, Name region, Name uuid) {
    return cloudformation_kind(account_id, region, "resource") + std::string(uuid) + '/';
}
inline std::string stack_resource(Name account_id, Name region, Name uuid, Name logical) {
    return stack_resources(account_id, region, uuid) + std::string(logical);
}
inline std::string stack_events(Name account_id, Name region, Name uuid) {
    return cloudformation_kind(account_id, region, "event") + std::string(uuid) + '/';
}
// In the order in which they happened: by milliseconds since 1970, then by a number of the process.
inline std::string stack_event(Name account_id, Name region, Name uuid, std::int64_t at,
                               std::uint64_t number) {
    return stack_events(account_id, region, uuid) + fmt::format("{:014}-{:012}", at, number);
}
inline std::string change_sets(Name account_id, Name region, Name uuid) {
    return cloudformation_kind(account_id, region, "change-set") + std::string(uuid) + '/';
}
inline std::string change_set(Name account_id, Name region, Name uuid, Name name) {
    return change_sets(account_id, region, uuid) + std::string(name);
}
inline std::string stack_exports(Name account_id, Name region) {
    return cloudformation_kind(account_id, region, "export");
}
inline std::string stack_export(Name account_id, Name region, Name name) {
    return stack_exports(account_id, region) + std::string(name);
}
// What texts of a stack are sealed for.
inline std::string stack_sealing(Name uuid) {
    return "stack/" + std::string(uuid);
}
enum class StackKind { other, stack, source, resource, stack_export, change_set };
// What lies at a key below /cloudformation/.
inline StackKind stack_kind_of(Name key) {
    constexpr std::size_t kind_part = 4;
    const std::vector<std::string_view> parts = split(key, '/');
    if (!key.starts_with(cloudformation()) || parts.size() <= kind_part + 1) return StackKind::other;
    const std::string_view kind = parts[kind_part];
    if (kind == "stack") return StackKind::stack;
    if (kind == "source" || kind == "previous") return StackKind::source;
    if (kind == "resource") return StackKind::resource;
    if (kind == "export") return StackKind::stack_export;
    return kind == "change-set" ? StackKind::change_set : StackKind::other;
}
// The stack's uuid in a key of a source, a resource or a change set.
inline std::string uuid_in_key(Name key) {
    return std::string(split(key, '/')[5]);
}
// Of all accounts.
inline std::string stacks_in_progress() {
    return "/cloudformation-work/";
}
inline std::string stack_in_progress(Name uuid) {
    return stacks_in_progress() + std::string(uuid);
}

}  // namespace countersign::model::keys
