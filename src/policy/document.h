// The compiled form of a policy document: what evaluation reads. Immutable once parsed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/arn_pattern.h"
#include "policy/conditions.h"
#include "policy/principals.h"

namespace countersign::policy {

// A list that must match, or for the Not… elements must not; an absent one asks nothing.
template <class Item>
struct Scope {
    std::vector<Item> items;
    bool negated = false;
};

struct Statement {
    std::string sid;
    bool allows = false;
    Scope<Pattern> actions;
    std::optional<Scope<ArnPattern>> resources;
    std::optional<Scope<PrincipalPattern>> principals;
    std::vector<Condition> conditions;
};

class Document {
public:
    explicit Document(std::vector<Statement> statements) : statements_(std::move(statements)) {}

    const std::vector<Statement>& statements() const { return statements_; }

private:
    std::vector<Statement> statements_;
};

}  // namespace countersign::policy
