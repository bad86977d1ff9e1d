#include "services/cloudformation/engine/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "formats/record.h"
#include "model/cloudformation_keys.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::string_view stack_type = "AWS::CloudFormation::Stack";
constexpr std::size_t erased_at_once = 64;
constexpr std::size_t stack_id_max = 400;  // an ARN with a name of 128 characters

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> number{0};
    return ++number;
}

// Parameters as a record.
struct ParameterMap {
    std::map<std::string, std::string> values;
};
BOOST_DESCRIBE_STRUCT(ParameterMap, (), (values))

}  // namespace

bool is_in_progress(std::string_view status) {
    return status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS";
}

std::string uuid_of(std::string_view stack_id) {
    const std::size_t slash = stack_id.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(stack_id.substr(slash + 1));
}

Result<std::optional<StoredStack>> Records::stack(std::string_view uuid) const {
    return store::load<model::Stack>(deps_.store, keys::stack(place_.account, place_.region, uuid));
}

Result<std::optional<StoredStack>> Records::find(std::string_view name_or_id) const {
    using Found = std::optional<StoredStack>;
    if (name_or_id.size() > stack_id_max) return Found();
    if (name_or_id.starts_with("arn:")) {
        auto found = TRY(stack(uuid_of(name_or_id)));
        if (found && found->record.id != name_or_id) return Found();
        return found;
    }
    const auto named = TRY(deps_.store.get(keys::stack_name(place_.account, place_.region, name_or_id)));
    if (!named) return Found();
    return stack(named->value);
}

Result<std::vector<StoredStack>> Records::all() const {
    return store::load_all<model::Stack>(deps_.store, keys::stacks(place_.account, place_.region));
}

Result<std::vector<StoredResource>> Records::resources(std::string_view uuid) const {
    return store::load_all<model::StackResource>(deps_.store,
                                                 keys::stack_resources(place_.account, place_.region, uuid));
}

Result<model::StackSource> Records::source(std::string_view uuid) const {
    auto found = TRY(store::load<model::StackSource>(
        deps_.store, keys::stack_source(place_.account, place_.region, uuid)));
    if (!found) return Error{Fault::internal, "a stack without its template"};
    return std::move(found->record);
}

Result<std::optional<model::StackSource>> Records::previous(std::string_view uuid) const {
    auto found = TRY(store::load<model::StackSource>(
        deps_.store, keys::previous_source(place_.account, place_.region, uuid)));
    if (!found) return std::optional<model::StackSource>();
    return std::optional(std::move(found->record));
}

Result<std::optional<store::Stored<model::StackExport>>> Records::find_export(const std::string& name) const {
    if (name.empty() || name.size() > 255) return std::optional<store::Stored<model::StackExport>>();
    return store::load<model::StackExport>(deps_.store,
                                           keys::stack_export(place_.account, place_.region, name));
}

std::string Records::seal(std::string_view uuid, std::string_view text) const {
    return deps_.sealing.seal(Secret(text), keys::stack_sealing(uuid), deps_.random);
}

Result<std::string> Records::open(std::string_view uuid, std::string_view sealed) const {
    if (sealed.empty()) return std::string();
    const Secret opened = TRY(deps_.sealing.open(sealed, keys::stack_sealing(uuid)));
    return std::string(opened.reveal());
}

Result<json::object> Records::open_object(std::string_view uuid, std::string_view sealed) const {
    const std::string text = TRY(open(uuid, sealed));
    if (text.empty()) return json::object();
    json::value value = TRY(formats::parse_json(text));
    if (!value.is_object()) return Error{Fault::internal, "a sealed text is no object"};
    return std::move(value.get_object());
}

std::string Records::seal_parameters(std::string_view uuid, const GivenParameters& parameters) const {
    return seal(uuid, formats::to_record(ParameterMap{parameters}));
}

Result<GivenParameters> Records::open_parameters(std::string_view uuid,
                                                 const model::StackSource& source) const {
    const std::string text = TRY(open(uuid, source.sealed_parameters));
    if (text.empty()) return GivenParameters();
    return TRY(formats::from_record<ParameterMap>(text)).values;
}

store::Write Records::put(const model::Stack& stack) const {
    return store::put(keys::stack(place_.account, place_.region, stack.uuid), stack);
}

store::Write Records::put(std::string_view uuid, const model::StackResource& resource) const {
    return store::put(keys::stack_resource(place_.account, place_.region, uuid, resource.logical), resource);
}

store::Write Records::put_work(std::string_view uuid) const {
    return store::put(keys::stack_in_progress(uuid),
                      model::StackWork{place_.account, place_.region, std::string(uuid)});
}

store::Write Records::event(const model::Stack& stack, const model::StackResource* resource,
                            Instant now) const {
    const bool own = resource == nullptr;
    model::StackEvent event;
    event.id = crypto::random_uuid(deps_.random);
    event.logical = own ? stack.name : resource->logical;
    event.physical = own ? stack.id : resource->thing.physical;
    event.type = own ? std::string(stack_type) : resource->thing.type;
    event.at = now;
    event.status = own ? stack.status : resource->status;
    event.reason = own ? stack.reason : resource->reason;
    event.token = stack.token;
    return store::put(keys::stack_event(place_.account, place_.region, stack.uuid,
                                        now.time_since_epoch().count(), next_number()),
                      event);
}

Result<void> Records::erase_below(const std::string& prefix) const {
    while (true) {
        const store::Page page = TRY(deps_.store.list(prefix, {.entries_max = erased_at_once}));
        if (page.entries.empty()) return {};
        store::Transaction change;
        for (const store::Entry& entry : page.entries) change.writes.push_back(store::erase(entry.key));
        TRY(deps_.store.commit(change));
    }
}

Result<void> Records::prune_events(std::string_view uuid) const {
    const store::Page page =
        TRY(store::list_all(deps_.store, keys::stack_events(place_.account, place_.region, uuid)));
    if (page.entries.size() <= events_max) return {};
    const std::size_t surplus = page.entries.size() - events_max;
    for (std::size_t at = 0; at < surplus; at += erased_at_once) {
        store::Transaction change;
        for (std::size_t i = at; i < std::min(surplus, at + erased_at_once); ++i)
            change.writes.push_back(store::erase(page.entries[i].key));
        TRY(deps_.store.commit(change));
    }
    return {};
}

Result<void> Records::forget(const model::Stack& stack) const {
    for (const std::string& prefix : {keys::stack_events(place_.account, place_.region, stack.uuid),
                                      keys::stack_resources(place_.account, place_.region, stack.uuid),
                                      keys::change_sets(place_.account, place_.region, stack.uuid)})
        TRY(erase_below(prefix));
    TRY(deps_.store.commit({{},
                            {store::erase(keys::stack_source(place_.account, place_.region, stack.uuid)),
                             store::erase(keys::previous_source(place_.account, place_.region, stack.uuid)),
                             store::erase(keys::stack(place_.account, place_.region, stack.uuid))}}));
    return {};
}

Result<void> Records::prune_deleted() const {
    std::vector<StoredStack> deleted = TRY(all());
    std::erase_if(deleted, [](const StoredStack& one) { return !one.record.deleted; });
    if (deleted.size() <= deleted_stacks_max) return {};
    std::ranges::sort(deleted, {}, [](const StoredStack& one) { return *one.record.deleted; });
    for (std::size_t i = 0; i + deleted_stacks_max < deleted.size(); ++i) TRY(forget(deleted[i].record));
    return {};
}

}  // namespace countersign::cloudformation
