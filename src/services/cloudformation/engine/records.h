// Stacks and all that belongs to them as they lie in the store. What may hold a secret is sealed: parameters,
// properties, attributes, outputs. Safe to call from any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cloudformation.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/template/evaluate.h"
#include "services/cloudformation/template/parameters.h"
#include "store/records.h"

namespace countersign::cloudformation {

struct Place {
    std::string account;
    std::string region;
};

using StoredStack = store::Stored<model::Stack>;
using StoredResource = store::Stored<model::StackResource>;

inline constexpr std::size_t events_max = 2000;         // kept of a stack
inline constexpr std::size_t stacks_max = 500;          // of an account in a region
inline constexpr std::size_t deleted_stacks_max = 100;  // remembered of them

class Records {
public:
    Records(const Deps& deps, Place place) : deps_(deps), place_(std::move(place)) {}

    const Place& place() const { return place_; }
    store::Store& store() const { return deps_.store; }

    Result<std::optional<StoredStack>> stack(std::string_view uuid) const;
    // By its name, if it is not deleted, or by its id.
    Result<std::optional<StoredStack>> find(std::string_view name_or_id) const;
    Result<std::vector<StoredStack>> all() const;
    Result<std::vector<StoredResource>> resources(std::string_view uuid) const;
    Result<model::StackSource> source(std::string_view uuid) const;
    Result<std::optional<model::StackSource>> previous(std::string_view uuid) const;
    Result<std::optional<store::Stored<model::StackExport>>> find_export(const std::string& name) const;

    std::string seal(std::string_view uuid, std::string_view text) const;
    Result<std::string> open(std::string_view uuid, std::string_view sealed) const;
    Result<json::object> open_object(std::string_view uuid, std::string_view sealed) const;
    std::string seal_parameters(std::string_view uuid, const GivenParameters& parameters) const;
    Result<GivenParameters> open_parameters(std::string_view uuid, const model::StackSource& source) const;

    store::Write put(const model::Stack& stack) const;
    store::Write put(std::string_view uuid, const model::StackResource& resource) const;
    store::Write put_work(std::string_view uuid) const;
    // Of a resource; of the stack itself where there is none.
    store::Write event(const model::Stack& stack, const model::StackResource* resource, Instant now) const;

    // Forgets the oldest events and deleted stacks beyond what is kept.
    Result<void> prune_events(std::string_view uuid) const;
    Result<void> prune_deleted() const;
    Result<void> forget(const model::Stack& stack) const;

private:
    Result<void> erase_below(const std::string& prefix) const;

    const Deps& deps_;
    const Place place_;
};

bool is_in_progress(std::string_view status);
std::string uuid_of(std::string_view stack_id);

}  // namespace countersign::cloudformation
