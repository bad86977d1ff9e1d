// What tells at a glance that a statement cannot match a request: the services, actions and resources that it
// names, each hashed into a set of 64. A set may admit too much, never too little; what a wildcard or a
// variable leaves open admits everything. So statements about something else cost next to nothing, whatever
// their number and order.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/arn_pattern.h"

namespace countersign::policy {

struct Statement;

struct Prefilter {
    std::uint64_t services = 0;
    std::uint64_t actions = 0;
    std::uint64_t resources = 0;
    std::uint64_t resources_again = 0;  // by another part of the hash: many names differ in nothing else

    bool admits(const Prefilter& request) const {
        return (services & request.services) != 0 && (actions & request.actions) != 0 &&
               (resources & request.resources) != 0 && (resources_again & request.resources_again) != 0;
    }
    void widen(const Prefilter& other);
};

Prefilter gate_of(const Statement& statement);
Prefilter gate_of(std::string_view action, const ArnText& resource);  // of a request

}  // namespace countersign::policy
