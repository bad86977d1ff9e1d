#include "policy/document.h"

namespace countersign::policy {

namespace {

constexpr std::size_t block = 16;  // statements

}  // namespace

Document::Document(std::string text, std::vector<Statement> statements)
    : text_(std::move(text)), statements_(std::move(statements)) {
    gates_.reserve(statements_.size());
    for (const Statement& statement : statements_) {
        if (gates_.size() % block == 0) blocks_.emplace_back();
        gates_.push_back(gate_of(statement));
        blocks_.back().widen(gates_.back());
        gate_.widen(gates_.back());
    }
}

std::size_t Document::next_admitted(const Gate& request, std::size_t from) const {
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
