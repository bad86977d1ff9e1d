#include "policy/document.h"

#include <algorithm>

#include "policy/policy.h"

namespace countersign::policy {

namespace {

constexpr std::size_t block = 16;  // statements

bool asks(const Statement& statement) {
    return !statement.conditions.empty() ||
           std::ranges::any_of(statement.actions.items, &Pattern::has_variables) ||
           (statement.resources &&
            std::ranges::any_of(statement.resources->items, &ArnPattern::has_variables));
}

}  // namespace

Document::Document(std::string text, std::vector<Statement> statements)
    : text_(std::move(text)),
      statements_(std::move(statements)),
      asks_context_(std::ranges::any_of(statements_, asks)) {
    gates_.reserve(statements_.size());
    for (const Statement& statement : statements_) {
        if (gates_.size() % block == 0) blocks_.emplace_back();
        gates_.push_back(gate_of(statement));
        blocks_.back().widen(gates_.back());
        prefilter_.widen(gates_.back());
    }
}

bool asks_context(const PolicySet& policies) {
    const auto one_asks = [](const Policy& policy) {
        return policy.document != nullptr && policy.document->asks_context();
    };
    const auto any_asks = [&](const std::vector<Policy>& list) {
        return std::ranges::any_of(list, one_asks);
    };
    return any_asks(policies.identity) || any_asks(policies.resource) ||
           (policies.boundary && any_asks(*policies.boundary)) ||
           (policies.session && any_asks(*policies.session)) ||
           (policies.guardrails && std::ranges::any_of(*policies.guardrails, any_asks));
}

std::size_t Document::next_admitted(const Prefilter& request, std::size_t from) const {
    while (from < gates_.size()) {
        if (from % block == 0 && !blocks_[from / block].admits(request)) {
            from += block;
        } else if (gates_[from].admits(request)) {
            return from;
        } else {
            ++from;
        }
    }
    return gates_.size();
}

}  // namespace countersign::policy
