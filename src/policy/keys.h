// The condition keys and variables that a document's text refers to, as they are spelled there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/draft.h"
#include "policy/policy.h"

namespace countersign::policy {

// Texts in the order in which they came, each once without regard to case: keys are compared so.
class KeyNames {
public:
    void add(std::string_view key);
    void add_all(const std::vector<std::string>& keys);
    std::vector<std::string> take() && { return std::move(names_); }

private:
    std::vector<std::string> names_;
};

// What a look-up of a key finds in the context; an empty list is no value.
const std::vector<std::string>* values_of(std::string_view key, const Context& context);

void add_variables(std::string_view text, KeyNames& names);
void add_variables_without_value(std::string_view text, const Context& context, KeyNames& names);

// The text with those of its variables that have a value replaced by it.
std::string with_values(std::string_view text, const Context& context);

// The text of Resource or NotResource.
const std::vector<std::string>& resources_of(const DraftStatement& statement);

}  // namespace countersign::policy
