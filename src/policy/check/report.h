// The findings of one policy as they are collected, and the place that is being looked at.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/check/checker.h"
#include "policy/check/finding.h"

namespace countersign::policy {

// A node of the document, and how it is reached.
struct Placed {
    const JsonNode& node;
    std::vector<PathStep> path = {};

    Placed in(const JsonMember& member) const;
    Placed in(std::size_t index) const;
    FindingPlace here() const { return {path, node.extent}; }
    FindingPlace key_of(const JsonMember& member) const;
    // Each item of a list, or the node itself.
    std::vector<Placed> each() const;
};

class Report {
public:
    Report(CheckedType type, const CheckFacts& facts) : type_(type), facts_(facts) {}

    CheckedType type() const { return type_; }
    const CheckFacts& facts() const { return facts_; }

    template <class... Named>
    void add(const FindingKind& kind, const FindingPlace& place, const Named&... named) {
        add_text(kind, place, fmt::format(fmt::runtime(kind.details), named...));
    }
    bool has_error() const;
    // Who has found so much is told that, and nothing more is looked for.
    bool is_full() const { return findings_.size() >= findings_max; }
    std::vector<Finding> take() && { return std::move(findings_); }

private:
    static constexpr std::size_t findings_max = 500;

    void add_text(const FindingKind& kind, const FindingPlace& place, std::string details);

    const CheckedType type_;
    const CheckFacts& facts_;
    std::vector<Finding> findings_;
};

// " Did you mean X?" with the word that is spelled most alike; empty where none is.
std::string did_you_mean(std::string_view written, const std::vector<std::string>& known);

// Parts of check_policy(): actions and their services, resources, conditions.
void check_action_text(const Placed& action, Report& report);
void check_resource_text(const Placed& resource, Report& report);
void check_condition(const Placed& condition, bool variables, Report& report);

}  // namespace countersign::policy
