// A stack's outputs, and what it exports.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/cloudformation_keys.h"
#include "services/cloudformation/engine/turn.h"

namespace countersign::cloudformation {

namespace keys = model::keys;

namespace {

constexpr std::size_t outputs_bytes_max = 64UL * 1024;
constexpr std::size_t exports_max = 50;  // of a stack: they are written in one transaction

Error refused_output(std::string message) {
    return Error{Fault::invalid, std::move(message), "ValidationError"};
}

}  // namespace

// What is made is known, and so are its attributes.
Environment Turn::environment_of_outputs() {
    Environment environment = environment_of(records_, stack_, *plan_);
    environment.ref = [this](const std::string& logical) -> Result<json::value> {
        const auto found = resources_.find(logical);
        if (found == resources_.end() || !found->second.record.made)
            return template_error("Unresolved resource dependencies [" + logical + "]");
        return json::value(found->second.record.thing.physical);
    };
    environment.attribute = [this](const std::string& logical,
                                   const std::string& name) -> Result<json::value> {
        const auto found = resources_.find(logical);
        if (found == resources_.end())
            return template_error("Unresolved resource dependencies [" + logical + "]");
        const json::object attributes =
            TRY(records_.open_object(stack_.uuid, found->second.record.thing.sealed_attributes));
        const json::value* value = attributes.if_contains(name);
        if (value == nullptr)
            return template_error(fmt::format("{} has no attribute {}", logical, printable(name)));
        return *value;
    };
    environment.import = [this](const std::string& name) -> Result<json::value> {
        const auto found = TRY(records_.find_export(name));
        if (!found) return refused_output("No export named " + printable(name) + " found.");
        return json::value(TRY(records_.open(found->record.uuid, found->record.sealed_value)));
    };
    return environment;
}

Result<void> Turn::export_output(model::StackOutput& output, const json::value& name, Evaluator& evaluator,
                                 store::Transaction& change) const {
    output.export_name = TRY(evaluator.text(name));
    return put_export(output, change);
}

Result<std::vector<model::StackOutput>> Turn::made_outputs(store::Transaction& change) {
    const Environment environment = environment_of_outputs();
    std::vector<model::StackOutput> made;
    std::size_t bytes = 0;
    for (const auto& [key, declared] : plan_->source.outputs) {
        if (!declared.condition.empty() && !plan_->conditions.at(declared.condition)) continue;
        Evaluator evaluator(plan_->source, environment);
        const std::string value = TRY(evaluator.text(declared.value));
        bytes += value.size();
        if (bytes > outputs_bytes_max) return refused_output("The outputs are too large.");
        model::StackOutput output{key, records_.seal(stack_.uuid, value), declared.description, ""};
        if (declared.export_name) TRY(export_output(output, *declared.export_name, evaluator, change));
        made.push_back(std::move(output));
    }
    return made;
}

Result<void> Turn::put_outputs(store::Transaction& change) {
    std::vector<model::StackOutput> made = TRY(made_outputs(change));
    if (change.writes.size() > exports_max)
        return refused_output(fmt::format("A stack exports at most {} values.", exports_max));
    std::vector<model::StackOutput> old = stack_.outputs;
    std::erase_if(old, [&](const model::StackOutput& one) {
        return std::ranges::find(made, one.export_name, &model::StackOutput::export_name) != made.end();
    });
    TRY(drop_exports(old, change));
    stack_.outputs = std::move(made);
    return {};
}

Result<void> Turn::put_export(const model::StackOutput& output, store::Transaction& change) const {
    const std::string& name = output.export_name;
    const Place& place = records_.place();
    if (name.empty() || name.size() > 255) return refused_output("Export names have 1 to 255 characters.");
    const auto there = TRY(records_.find_export(name));
    if (there && there->record.stack != stack_.id)
        return refused_output(fmt::format("Export with name {} is already exported by stack {}.",
                                          printable(name), there->record.stack));
    const std::string key = keys::stack_export(place.account, place.region, name);
    for (const store::Write& other : change.writes)
        if (other.key == key) return refused_output("Two outputs export the name " + printable(name) + '.');
    change.guards.push_back(there ? there->unchanged() : store::absent(key));
    change.writes.push_back(
        store::put(key, model::StackExport{name, stack_.id, stack_.uuid, output.sealed_value}));
    return {};
}

Result<void> Turn::drop_exports(const std::vector<model::StackOutput>& old,
                                store::Transaction& change) const {
    const Place& place = records_.place();
    std::vector<StoredStack> others;
    for (const model::StackOutput& output : old) {
        if (output.export_name.empty()) continue;
        if (others.empty()) others = TRY(records_.all());
        for (const StoredStack& other : others) {
            const auto& imports = other.record.imports;
            if (std::ranges::find(imports, output.export_name) != imports.end())
                return refused_output(fmt::format("Export {} cannot be deleted as it is in use by {}",
                                                  output.export_name, other.record.name));
        }
        change.writes.push_back(
            store::erase(keys::stack_export(place.account, place.region, output.export_name)));
    }
    return {};
}

}  // namespace countersign::cloudformation
