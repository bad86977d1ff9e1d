#include <algorithm>
#include <set>

#include "model/network_keys.h"
#include "network/cidr.h"
#include "services/ec2/describe.h"
#include "services/ec2/errors.h"
#include "services/ec2/filters.h"
#include "services/ec2/operations.h"
#include "services/ec2/resources.h"
#include "services/ec2/rules.h"
#include "services/ec2/tag_rules.h"

namespace countersign::ec2 {

namespace {

constexpr std::int64_t entries_most = 1000;
constexpr std::size_t lists_max = 100;  // EC2's quota in a region

Result<std::string> parse_entry(const std::string& text, std::string_view family) {
    const auto block = family == "IPv4" ? network::parse_cidr4(text) : network::parse_cidr6(text);
    if (block) return network::text_of(*block);
    return Error{Fault::invalid, fmt::format("The CIDR block '{}' is not a valid {} block.", text, family),
                 "InvalidParameterValue"};
}

Result<void> add_entry(const api::AddPrefixListEntry& added, model::PrefixList& list) {
    model::PrefixListEntry entry;
    entry.cidr = TRY(parse_entry(added.Cidr.value_or(""), list.family));
    entry.description = added.Description.value_or("");
    TRY(check_description("entry", entry.description));
    std::erase_if(list.entries, [&](const auto& known) { return known.cidr == entry.cidr; });
    list.entries.push_back(std::move(entry));
    return {};
}

Result<void> remove_entry(const api::RemovePrefixListEntry& removed, model::PrefixList& list) {
    const std::string cidr = TRY(parse_entry(removed.Cidr.value_or(""), list.family));
    if (std::erase_if(list.entries, [&](const auto& known) { return known.cidr == cidr; }) > 0) return {};
    return Error{Fault::invalid, fmt::format("The prefix list has no entry '{}'.", cidr),
                 "InvalidParameterValue"};
}

Result<void> check_size(const model::PrefixList& list) {
    if (list.entries_max < 1 || list.entries_max > entries_most)
        return invalid_value(std::to_string(list.entries_max), "maxEntries");
    if (static_cast<std::int64_t>(list.entries.size()) <= list.entries_max) return {};
    return Error{Fault::invalid,
                 fmt::format("The prefix list can have at most {} entries.", list.entries_max),
                 "PrefixListMaxEntriesExceeded"};
}

Result<void> check_name_of_list(const std::string& name) {
    constexpr std::size_t characters_max = 255;
    if (!name.empty() && name.size() <= characters_max && !name.starts_with("com.amazonaws")) return {};
    return invalid_value(name, "prefixListName");
}

Result<void> check_list_unused(const Deps& deps, const Call& call, const std::string& id) {
    const auto groups = TRY(network::all_groups(deps.store, place_of(call)));
    for (const auto& group : groups)
        if (std::ranges::count(group.record.rules, id, &model::SecurityGroupRule::prefix_list) > 0)
            return Error{Fault::conflict, fmt::format("The prefix list '{}' is in use.", id),
                         "DependencyViolation"};
    return {};
}

template <class Input>
Result<gateway::PageOf<model::PrefixList>> page_of_lists(const Deps& deps, const Call& call,
                                                         const Input& input) {
    const Filters filters =
        TRY(Filters::read(input.Filters, {"owner-id", "prefix-list-id", "prefix-list-name"}));
    auto all = TRY(network::all_prefix_lists(deps.store, place_of(call)));
    auto lists = TRY(chosen(records_of(std::move(all)), input.PrefixListIds, prefix_list_not_found));
    const auto traits = [&](const model::PrefixList& list) {
        Traits found{
            {"owner-id", {call.account()}}, {"prefix-list-id", {list.id}}, {"prefix-list-name", {list.name}}};
        add_tags(found, list.tags);
        return found;
    };
    return filtered_page(std::move(lists), traits, filters, input);
}

}  // namespace

Result<api::CreateManagedPrefixListResult> create_prefix_list(
    const Deps& deps, const Call& call, const api::CreateManagedPrefixListRequest& input) {
    model::PrefixList list;
    list.id = network::new_id("pl", deps.random);
    list.name = *input.PrefixListName;
    list.family = *input.AddressFamily;
    list.entries_max = *input.MaxEntries;
    TRY(check_name_of_list(list.name));
    if (list.family != "IPv4" && list.family != "IPv6") return invalid_value(list.family, "addressFamily");
    for (const auto& entry : input.Entries.value_or(std::vector<api::AddPrefixListEntry>()))
        TRY(add_entry(entry, list));
    TRY(check_size(list));
    list.tags = TRY(first_tags(input.TagSpecifications, prefix_list_kind));
    const auto known = TRY(network::all_prefix_lists(deps.store, place_of(call)));
    if (known.size() >= lists_max)
        return Error{Fault::conflict, "The maximum number of prefix lists has been reached.",
                     "PrefixListLimitExceeded"};
    const std::string key =
        model::keys::item(model::keys::prefix_lists(call.account(), call.region), list.id);
    TRY(deps.store.commit({{store::absent(key)}, {store::put(key, list)}}));
    api::CreateManagedPrefixListResult answer;
    answer.PrefixList = to_api(call, list);
    return answer;
}

Result<api::DeleteManagedPrefixListResult> delete_prefix_list(
    const Deps& deps, const Call& call, const api::DeleteManagedPrefixListRequest& input) {
    return store::retry_races([&]() -> Result<api::DeleteManagedPrefixListResult> {
        const auto list = TRY(get_prefix_list(deps, call, *input.PrefixListId));
        TRY(check_list_unused(deps, call, list.record.id));
        TRY(deps.store.commit({{list.unchanged()}, {store::erase(list.key)}}));
        api::DeleteManagedPrefixListResult answer;
        answer.PrefixList = to_api(call, list.record);
        answer.PrefixList->State = "delete-complete";
        return answer;
    });
}

Result<api::ModifyManagedPrefixListResult> modify_prefix_list(
    const Deps& deps, const Call& call, const api::ModifyManagedPrefixListRequest& input) {
    return store::retry_races([&]() -> Result<api::ModifyManagedPrefixListResult> {
        auto stored = TRY(get_prefix_list(deps, call, *input.PrefixListId));
        model::PrefixList& list = stored.record;
        if (input.CurrentVersion && *input.CurrentVersion != list.version)
            return Error{
                Fault::conflict,
                fmt::format("The prefix list has the incorrect version number {}.", *input.CurrentVersion),
                "PrefixListVersionMismatch"};
        const auto before = list.entries;
        for (const auto& entry : input.RemoveEntries.value_or(std::vector<api::RemovePrefixListEntry>()))
            TRY(remove_entry(entry, list));
        for (const auto& entry : input.AddEntries.value_or(std::vector<api::AddPrefixListEntry>()))
            TRY(add_entry(entry, list));
        if (input.PrefixListName) list.name = *input.PrefixListName;
        TRY(check_name_of_list(list.name));
        list.entries_max = input.MaxEntries.value_or(list.entries_max);
        TRY(check_size(list));
        if (list.entries != before) ++list.version;
        list.modified = true;
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, list)}}));
        note_change(deps);
        api::ModifyManagedPrefixListResult answer;
        answer.PrefixList = to_api(call, list);
        return answer;
    });
}

Result<api::DescribeManagedPrefixListsResult> describe_managed_prefix_lists(
    const Deps& deps, const Call& call, const api::DescribeManagedPrefixListsRequest& input) {
    const auto page = TRY(page_of_lists(deps, call, input));
    api::DescribeManagedPrefixListsResult answer;
    for (const model::PrefixList& list : page.items) answer.PrefixLists.push_back(to_api(call, list));
    answer.NextToken = page.next;
    return answer;
}

Result<api::DescribePrefixListsResult> describe_prefix_lists(const Deps& deps, const Call& call,
                                                             const api::DescribePrefixListsRequest& input) {
    const auto page = TRY(page_of_lists(deps, call, input));
    api::DescribePrefixListsResult answer;
    for (const model::PrefixList& list : page.items) {
        api::PrefixList& shown = answer.PrefixLists.emplace_back();
        shown.PrefixListId = list.id;
        shown.PrefixListName = list.name;
        for (const model::PrefixListEntry& entry : list.entries) shown.Cidrs.push_back(entry.cidr);
    }
    answer.NextToken = page.next;
    return answer;
}

Result<api::GetManagedPrefixListEntriesResult> get_prefix_list_entries(
    const Deps& deps, const Call& call, const api::GetManagedPrefixListEntriesRequest& input) {
    struct Entry {
        std::string id;
        std::string description;
    };
    const auto list = TRY(get_prefix_list(deps, call, *input.PrefixListId));
    if (input.TargetVersion && *input.TargetVersion != list.record.version)
        return invalid_value(std::to_string(*input.TargetVersion), "targetVersion",
                             "Only the current version is kept.");
    std::vector<Entry> entries;
    for (const model::PrefixListEntry& entry : list.record.entries)
        entries.push_back({entry.cidr, entry.description});
    const auto page = TRY(filtered_page(
        std::move(entries), [](const Entry&) { return Traits(); }, Filters(), input));
    api::GetManagedPrefixListEntriesResult answer;
    for (const Entry& entry : page.items) {
        api::PrefixListEntry& shown = answer.Entries.emplace_back();
        shown.Cidr = entry.id;
        if (!entry.description.empty()) shown.Description = entry.description;
    }
    answer.NextToken = page.next;
    return answer;
}

}  // namespace countersign::ec2
