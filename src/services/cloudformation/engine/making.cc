// What becomes of one resource that is to be there, or to be as it was.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/engine/turn.h"
#include "services/cloudformation/types/parts.h"

namespace countersign::cloudformation {

namespace {

constexpr std::string_view name_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t name_random = 12;
constexpr std::size_t reason_bytes_max = 1024;

Error no_such_type(const std::string& type) {
    return Error{Fault::invalid, fmt::format("Unrecognized resource type: {}", type), "ValidationError"};
}

// Tags of the stack belong to whatever takes tags; the resource's own go before.
void add_stack_tags(const Type& type, const std::vector<model::Tag>& tags, json::object& properties) {
    const Property* property = find_property(type, "Tags");
    if (tags.empty() || property == nullptr || property->shape != Shape::tags) return;
    json::value& all = properties["Tags"];
    if (!all.is_array()) all = json::array();
    for (const model::Tag& tag : tags) {
        const bool own = std::ranges::any_of(all.get_array(), [&](const json::value& one) {
            return one.is_object() && text_in(one.get_object(), "Key") == tag.Key;
        });
        if (!own) all.get_array().push_back(json::object{{"Key", tag.Key}, {"Value", tag.Value}});
    }
}

}  // namespace

bool is_passing(const Error& error) {
    return error.code == "Throttling" || error.code == "ServiceUnavailable" ||
           error.code == "InternalFailure" || error.code == "RequestLimitExceeded" ||
           error.code == "Unavailable" || error.code == "InternalError" || error.fault == Fault::internal ||
           error.fault == Fault::unavailable || error.code == store::lost_race;
}

Result<void> Turn::put(const model::StackResource& resource, bool with_event) {
    model::StackResource written = resource;
    written.updated = deps_.clock.now();
    written.reason = printable(written.reason, reason_bytes_max);
    const auto found = resources_.find(written.logical);
    const std::string key = records_.put(stack_.uuid, written).key;
    store::Transaction change{{store::Guard{key, found == resources_.end() ? 0 : found->second.modified}},
                              {records_.put(stack_.uuid, written)}};
    if (with_event) change.writes.push_back(records_.event(stack_, &written, written.updated));
    const store::Revision revision = TRY(records_.store().commit(change));
    const std::string logical = written.logical;
    resources_.insert_or_assign(logical, StoredResource{std::move(written), key, revision});
    return {};
}

Result<void> Turn::fail(model::StackResource resource, const Error& error) {
    if (is_passing(error)) {
        deps_.log.info("stack.waits",
                       {{"stack", stack_.id}, {"resource", resource.logical}, {"code", error.code}});
        return {};
    }
    resource.status = phase_ == Phase::forward && !resource.before ? "CREATE_FAILED" : "UPDATE_FAILED";
    resource.reason = "Resource handler returned message: \"" + error.message + '"';
    if (!error.code.empty()) resource.reason += " (HandlerErrorCode: " + error.code + ')';
    resource.stage = stage("failed");
    return put(resource, true);
}

std::string Turn::name_for(const Type& type, const std::string& logical,
                           const json::object& properties) const {
    if (!type.name_property.empty())
        if (std::string own = text_in(properties, type.name_property); !own.empty()) return own;
    const std::string end =
        '-' + crypto::random_text(deps_.records.random, name_alphabet.substr(0, 36), name_random);
    std::string name = stack_.name + '-' + logical;
    name.resize(std::min(name.size(), type.name_max - end.size()));
    name += end;
    return type.lower_case ? lower(name) : name;
}

Result<Job> Turn::job_of(const model::StackThing& now, const model::StackThing* before) {
    now_ = TRY(records_.open_object(stack_.uuid, now.sealed_properties));
    before_ = before != nullptr ? TRY(records_.open_object(stack_.uuid, before->sealed_properties))
                                : json::object();
    return Job{api_, now_, before_, "", now.physical};
}

Result<json::object> Turn::evaluated(const std::string& logical) {
    const ResourceDeclaration& declared = plan_->source.resources.at(logical);
    Environment environment = environment_of(records_, stack_, *plan_);
    std::vector<std::string> imported;
    environment.ref = [this](const std::string& other) -> Result<json::value> {
        const auto found = resources_.find(other);
        if (found == resources_.end() || !found->second.record.made)
            return template_error("Unresolved resource dependencies [" + other + "]");
        return json::value(found->second.record.thing.physical);
    };
    environment.attribute = [this](const std::string& other, const std::string& name) -> Result<json::value> {
        const auto found = resources_.find(other);
        if (found == resources_.end())
            return template_error("Unresolved resource dependencies [" + other + "]");
        const json::object attributes =
            TRY(records_.open_object(stack_.uuid, found->second.record.thing.sealed_attributes));
        const json::value* value = attributes.if_contains(name);
        if (value == nullptr)
            return template_error(fmt::format("{} has no attribute {}", other, printable(name)));
        return *value;
    };
    environment.import = [&](const std::string& name) -> Result<json::value> {
        const auto found = TRY(records_.find_export(name));
        if (!found)
            return Error{Fault::invalid, "No export named " + printable(name) + " found.", "ValidationError"};
        imported.push_back(name);
        return json::value(TRY(records_.open(found->record.uuid, found->record.sealed_value)));
    };
    json::object properties = TRY(Evaluator(plan_->source, environment).object(declared.properties));
    // Put down before it is used, so that nobody takes the export away meanwhile.
    bool more = false;
    for (const std::string& name : imported) {
        if (std::ranges::find(stack_.imports, name) != stack_.imports.end()) continue;
        stack_.imports.push_back(name);
        more = true;
    }
    if (more)
        stored_.modified = TRY(records_.store().commit({{stored_.unchanged()}, {records_.put(stack_)}}));
    const Type* type = find_type(declared.type);
    if (type == nullptr) return no_such_type(declared.type);
    TRY(check_properties(*type, logical, properties, Known::all));
    add_stack_tags(*type, stack_.tags, properties);
    return properties;
}

Result<void> Turn::advance(const std::string& logical) {
    model::StackResource resource;
    if (const auto found = resources_.find(logical); found != resources_.end())
        resource = found->second.record;
    resource.logical = logical;
    const std::string_view step = step_of(logical);
    if (step == "starting") return make(std::move(resource), true);
    if (step == "filling") return fill(std::move(resource));
    if (step == "changing") return change(std::move(resource));
    if (step == "working") return settle(std::move(resource));
    return begin(std::move(resource));
}

Result<void> Turn::begin(model::StackResource resource) {
    const ResourceDeclaration& declared = plan_->source.resources.at(resource.logical);
    if (!resource.made) resource.thing.type = declared.type;
    const auto properties = evaluated(resource.logical);
    if (!properties) return fail(std::move(resource), properties.error());
    const auto needs = plan_->needs.find(resource.logical);
    resource.needs.assign(needs->second.begin(), needs->second.end());
    resource.metadata = declared.metadata;
    resource.reason.clear();
    if (resource.made) return begin_change(std::move(resource), *properties);
    return begin_new(std::move(resource), *properties);
}

Result<void> Turn::begin_change(model::StackResource resource, const json::object& properties) {
    const ResourceDeclaration& declared = plan_->source.resources.at(resource.logical);
    const Type* type = find_type(declared.type);
    const json::object old = TRY(records_.open_object(stack_.uuid, resource.thing.sealed_properties));
    const Difference different = difference(*type, old, properties);
    if (different.properties.empty()) {
        resource.thing.policy = declared.deletion_policy;
        resource.stage = stage("done");
        return put(resource, false);
    }
    if (!resource.before) resource.before = resource.thing;
    if (!different.replacement) {
        resource.thing.sealed_properties = records_.seal(stack_.uuid, json::serialize(properties));
        resource.thing.policy = declared.deletion_policy;
        resource.status = "UPDATE_IN_PROGRESS";
        resource.stage = stage("changing");
        TRY(put(resource, true));
        return change(std::move(resource));
    }
    const bool named = !type->name_property.empty() && properties.contains(type->name_property);
    if (named && name_for(*type, resource.logical, properties) == resource.before->physical) {
        const Error taken{
            Fault::invalid,
            fmt::format("CloudFormation cannot update a stack when a custom-named resource requires "
                        "replacing. Rename {} and update the stack again.",
                        resource.thing.physical)};
        return fail(std::move(resource), taken);
    }
    if (resource.before->physical != resource.thing.physical) resource.leftovers.push_back(resource.thing);
    resource.made = false;
    resource.thing = {};
    resource.reason =
        "Requested update requires the creation of a new physical resource; hence creating one.";
    return begin_new(std::move(resource), properties);
}

// The name is put down before the call: what an end of the process cuts off is found again by it.
Result<void> Turn::begin_new(model::StackResource resource, const json::object& properties) {
    const ResourceDeclaration& declared = plan_->source.resources.at(resource.logical);
    const Type& type = *find_type(declared.type);
    resource.intent = name_for(type, resource.logical, properties);
    resource.thing = {declared.type, "", records_.seal(stack_.uuid, json::serialize(properties)), "",
                      declared.deletion_policy};
    if (type.exists) {
        Job wanted = TRY(job_of(resource.thing, nullptr));
        wanted.name = resource.intent;
        const Result<bool> taken = type.exists(wanted);
        if (!taken) return fail(std::move(resource), taken.error());
        if (*taken)
            return fail(std::move(resource),
                        {Fault::exists, fmt::format("{} {} already exists", type.name, wanted.name),
                         "AlreadyExists"});
    }
    resource.status = resource.before ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS";
    resource.stage = stage("starting");
    resource.made_now = true;
    TRY(put(resource, true));
    return make(std::move(resource), false);
}

Result<void> Turn::make(model::StackResource resource, bool resumed) {
    const Type& type = *find_type(resource.thing.type);
    Job job = TRY(job_of(resource.thing, nullptr));
    job.name = resource.intent;
    job.resumed = resumed;
    job.begun = resource.updated.time_since_epoch().count() / 1000;
    Result<Made> made = type.create(job);
    if (!made) return fail(std::move(resource), made.error());
    resource.thing.physical = made->physical;
    resource.thing.sealed_attributes = records_.seal(stack_.uuid, json::serialize(made->attributes));
    resource.made = true;
    resource.reason = "Resource creation Initiated";
    resource.stage = stage("filling");
    TRY(put(resource, true));
    return fill(std::move(resource));
}

Result<void> Turn::fill(model::StackResource resource) {
    const Type& type = *find_type(resource.thing.type);
    if (type.fill) {
        Job job = TRY(job_of(resource.thing, nullptr));
        job.resumed = true;
        const Result<void> filled = type.fill(job);
        if (!filled) return fail(std::move(resource), filled.error());
    }
    resource.stage = stage("working");
    TRY(put(resource, false));
    return settle(std::move(resource));
}

Result<void> Turn::change(model::StackResource resource) {
    const Type& type = *find_type(resource.thing.type);
    const Job job = TRY(job_of(resource.thing, &*resource.before));
    const Result<void> changed = type.update ? type.update(job) : Result<void>();
    if (!changed) return fail(std::move(resource), changed.error());
    resource.stage = stage("working");
    TRY(put(resource, false));
    return settle(std::move(resource));
}

Result<void> Turn::settle(model::StackResource resource) {
    const Type& type = *find_type(resource.thing.type);
    const Job job = TRY(job_of(resource.thing, nullptr));
    const Result<Settled> settled = type.settle(job);
    if (!settled) return fail(std::move(resource), settled.error());
    if (!settled->done) return {};
    json::object attributes = TRY(records_.open_object(stack_.uuid, resource.thing.sealed_attributes));
    for (const auto& attribute : settled->attributes) attributes[attribute.key()] = attribute.value();
    resource.thing.sealed_attributes = records_.seal(stack_.uuid, json::serialize(attributes));
    resource.status = resource.before ? "UPDATE_COMPLETE" : "CREATE_COMPLETE";
    resource.reason.clear();
    if (phase_ == Phase::backward) resource.before.reset();
    resource.stage = stage("done");
    return put(resource, true);
}

// What was made in the place of something goes to the leftovers; what was changed is changed back.
Result<void> Turn::turn_back(model::StackResource resource) {
    const std::string_view step = step_of(resource.logical);
    if (step == "working") return settle(std::move(resource));
    TRY(adopt(resource));
    const bool replaced = !resource.made || resource.thing.physical != resource.before->physical;
    if (replaced) {
        if (resource.made) resource.leftovers.push_back(resource.thing);
        resource.thing = *resource.before;
        resource.before.reset();
        resource.made = true;
        resource.status = "UPDATE_COMPLETE";
        resource.reason.clear();
        resource.stage = stage("done");
        return put(resource, true);
    }
    if (step.empty()) {
        resource.status = "UPDATE_IN_PROGRESS";
        resource.reason.clear();
        resource.stage = stage("changing");
        TRY(put(resource, true));
    }
    const Type& type = *find_type(resource.thing.type);
    const Job job = TRY(job_of(*resource.before, &resource.thing));
    const Result<void> changed = type.update ? type.update(job) : Result<void>();
    if (!changed) return fail(std::move(resource), changed.error());
    model::StackThing old = *resource.before;
    old.sealed_attributes = resource.thing.sealed_attributes;
    resource.thing = std::move(old);
    resource.stage = stage("working");
    TRY(put(resource, false));
    return settle(std::move(resource));
}

}  // namespace countersign::cloudformation
