// The compiled form of a policy document: what evaluation reads. Immutable once parsed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/arn_pattern.h"
#include "policy/conditions.h"
#include "policy/prefilter.h"
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
    // Keeps the text that the statements were read from: explanations show it.
    Document(std::string text, std::vector<Statement> statements);

    const std::string& text() const { return text_; }
    const std::vector<Statement>& statements() const { return statements_; }
    bool asks_context() const { return asks_context_; }
    const Prefilter& prefilter() const { return prefilter_; }  // of all statements together
    // The first statement from this index on that may match the request; their number when there is none.
    std::size_t next_admitted(const Prefilter& request, std::size_t from) const;

private:
    std::string text_;
    std::vector<Statement> statements_;
    std::vector<Prefilter> gates_;   // one for each statement
    std::vector<Prefilter> blocks_;  // one for each block of statements
    Prefilter prefilter_;
    bool asks_context_;
};

}  // namespace countersign::policy
