#include "services/secretsmanager/lookup.h"

#include <fmt/format.h>

#include "gateway/tags.h"
#include "model/arn.h"
#include "model/service_keys.h"

namespace countersign::secretsmanager {

namespace keys = model::keys;
using gateway::Call;

namespace {

constexpr std::string_view secret_resource = "secret:";
constexpr std::size_t name_bytes_max = 512;

std::string arn_prefix(const Call& call) {
    return model::Arn{std::string(model::partition_of(call.region)), "secretsmanager", call.region,
                      call.account(), std::string(secret_resource)}
        .text();
}

Result<std::optional<store::Stored<model::ManagedSecret>>> load(const Deps& deps, const Call& call,
                                                                const std::string& name) {
    if (name.empty() || name.size() > name_bytes_max)
        return std::optional<store::Stored<model::ManagedSecret>>();
    return store::load<model::ManagedSecret>(deps.store, keys::secret(call.account(), call.region, name));
}

// Another account's or region's ARN stays whole, and names nothing here.
Result<std::optional<store::Stored<model::ManagedSecret>>> look_up(const Deps& deps, const Call& call,
                                                                   std::string_view given) {
    const std::string prefix = arn_prefix(call);
    if (!given.starts_with(prefix)) return load(deps, call, std::string(given));
    if (const auto place = databases::secret_place_of(given)) {
        auto whole = TRY(load(deps, call, place->name));
        if (whole && whole->record.arn == given) return whole;
    }
    return load(deps, call, std::string(given.substr(prefix.size())));
}

}  // namespace

std::string FoundSecret::description() const {
    return fmt::format("The secret associated with the primary RDS DB {}: {}",
                       owner.cluster ? "cluster" : "instance", owner.arn());
}

Result<Target> target_of(const Deps& deps, const Call& call, const std::string& given) {
    auto stored = TRY(look_up(deps, call, given));
    Target target;
    if (stored)
        target.arn = stored->record.arn;
    else
        target.arn = given.starts_with("arn:") ? given : arn_prefix(call) + given;
    target.facts["secretsmanager:secretid"] = {target.arn};
    if (!stored) return target;
    auto owner = TRY(databases::owner_of(deps.store, stored->record));
    if (!owner) return target;
    target.secret = FoundSecret{*std::move(stored), *std::move(owner)};
    gateway::put_resource_tags(target.secret->owner.tags(), Deps::action_prefix, target.facts);
    return target;
}

Result<std::vector<FoundSecret>> all_secrets(const Deps& deps, const Call& call) {
    auto all = TRY(
        store::load_readable<model::ManagedSecret>(deps.store, keys::secrets(call.account(), call.region)));
    std::vector<FoundSecret> found;
    for (auto& stored : all) {
        auto owner = TRY(databases::owner_of(deps.store, stored.record));
        if (owner) found.push_back({std::move(stored), *std::move(owner)});
    }
    return found;
}

Error invalid_parameter(std::string message) {
    return Error{Fault::invalid, std::move(message), "InvalidParameterException"};
}

Error invalid_request(std::string message) {
    return Error{Fault::conflict, std::move(message), "InvalidRequestException"};
}

Error secret_not_found() {
    return Error{Fault::not_found, "Secrets Manager can't find the specified secret.",
                 "ResourceNotFoundException"};
}

}  // namespace countersign::secretsmanager
