// What a call wants a stack to be, checked before anything of it is made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/operation.h"
#include "generated/cloudformation.h"
#include "services/cloudformation/engine/records.h"
#include "services/cloudformation/engine/turn.h"

namespace countersign::cloudformation {

// The parts that calls which make and change stacks have in common.
struct Wish {
    std::optional<std::string> body;
    bool use_previous = false;
    std::optional<std::vector<api::Parameter>> parameters;
    std::optional<std::vector<api::Tag>> tags;
    std::vector<std::string> capabilities;
};

template <class Input>
Wish wish_of(const Input& input) {
    Wish wish{input.TemplateBody, false, input.Parameters, input.Tags,
              input.Capabilities.value_or(std::vector<std::string>())};
    if constexpr (requires { input.UsePreviousTemplate; })
        wish.use_previous = input.UsePreviousTemplate.value_or(false);
    return wish;
}

struct Prepared {
    model::StackSource source;
    Plan plan;
};

// `previous` is what the stack is made of now; none: it is new. Errors carry CloudFormation's codes and name
// what is wrong: types, properties, parameters, capabilities.
Result<Prepared> prepare(const Records& records, const model::Stack& stack, const Wish& wish,
                         const model::StackSource* previous);

// The template and what it needs of its caller, without parameters.
Result<Template> checked_template(std::string_view body);
std::vector<std::string> capabilities_for(const Template& source);
std::vector<std::string> types_in(const Template& source);

// A resource's properties as far as they are known: `known` gives what is there, and nothing for what is not.
using KnownThing = std::function<const model::StackThing*(const std::string& logical)>;
Result<json::object> foreseen(const Records& records, const model::Stack& stack, const Plan& plan,
                              const std::string& logical, const KnownThing& known);

Error validation_error(std::string message);

}  // namespace countersign::cloudformation
