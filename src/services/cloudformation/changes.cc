// What an update would do, found out without doing it.
#include <map>

#include "services/cloudformation/change_sets.h"

namespace countersign::cloudformation {

namespace {

class Foresight {
public:
    Foresight(const Records& records, const model::Stack& stack, const Plan& plan)
        : records_(records), stack_(stack), plan_(plan) {}

    Result<std::vector<model::ResourceChange>> all() {
        for (StoredResource& one : TRY(records_.resources(stack_.uuid)))
            if (one.record.made) things_[one.record.logical] = one.record.thing;
        for (const auto& [logical, declared] : plan_.source.resources)
            if (plan_.is_wanted(logical)) TRY(one(logical));
        for (const auto& [logical, thing] : things_)
            if (!plan_.is_wanted(logical))
                changes_.push_back({"Remove", logical, thing.physical, thing.type, "", {}});
        return std::move(changes_);
    }

private:
    // What it needs comes first, so that a replacement is known to those that refer to it.
    Result<void> one(const std::string& logical) {  // NOLINT(misc-no-recursion)
        if (seen_.contains(logical)) return {};
        seen_.insert(logical);
        for (const std::string& need : plan_.needs.at(logical))
            if (plan_.is_wanted(need)) TRY(one(need));
        const ResourceDeclaration& declared = plan_.source.resources.at(logical);
        const auto found = things_.find(logical);
        if (found == things_.end()) {
            changes_.push_back({"Add", logical, "", declared.type, "", {}});
            return {};
        }
        const KnownThing known = [this](const std::string& other) -> const model::StackThing* {
            const auto thing = things_.find(other);
            return thing == things_.end() || replaced_.contains(other) ? nullptr : &thing->second;
        };
        const Type* type = find_type(declared.type);
        if (type == nullptr) return {};
        const auto now = foreseen(records_, stack_, plan_, logical, known);
        if (!now) return now.error();
        const json::object then = TRY(records_.open_object(stack_.uuid, found->second.sealed_properties));
        // Tags of the stack are compared as a whole elsewhere.
        json::object was = then;
        if (!plan_.source.resources.at(logical).properties.contains("Tags")) was.erase("Tags");
        const Difference different = difference(*type, was, *now);
        if (different.properties.empty()) return {};
        if (different.replacement) replaced_.insert(logical);
        changes_.push_back({"Modify", logical, found->second.physical, declared.type,
                            different.replacement ? "True" : "False", different.properties});
        return {};
    }

    const Records& records_;
    const model::Stack& stack_;
    const Plan& plan_;
    std::map<std::string, model::StackThing> things_;
    std::set<std::string> seen_;
    std::set<std::string> replaced_;
    std::vector<model::ResourceChange> changes_;
};

}  // namespace

Result<std::vector<model::ResourceChange>> changes_of(const Records& records, const model::Stack& stack,
                                                      const Plan& plan) {
    return Foresight(records, stack, plan).all();
}

}  // namespace countersign::cloudformation
