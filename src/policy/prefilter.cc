#include "policy/prefilter.h"

#include <algorithm>
#include <cstring>

#include "policy/document.h"

namespace countersign::policy {

namespace {

constexpr std::uint64_t everything = ~std::uint64_t{0};

// Eight letters at a time, of either case alike: what differs in case alone may share a bit, as anything may.
std::uint64_t hash_of(std::string_view text) {
    constexpr std::uint64_t either_case = 0x2020202020202020;
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    std::uint64_t hash = text.size();
    while (!text.empty()) {
        std::uint64_t letters = 0;
        const std::size_t taken = std::min(text.size(), sizeof letters);
        std::memcpy(&letters, text.data(), taken);
        hash = ((hash << 5 | hash >> 59) ^ (letters | either_case)) * odd;
        text.remove_prefix(taken);
    }
    return hash;
}

constexpr std::uint64_t first_bit(std::uint64_t hash) {
    return std::uint64_t{1} << (hash >> 58);
}

constexpr std::uint64_t second_bit(std::uint64_t hash) {
    return std::uint64_t{1} << (hash >> 52 & 63);
}

std::uint64_t bit_of(std::string_view text) {
    return first_bit(hash_of(text));
}

std::string_view service_of(std::string_view action) {
    return action.substr(0, action.find(':'));
}

// A service is known where the text before the first wildcard reaches beyond it.
Prefilter gate_of(const Pattern& action) {
    const std::string_view known = action.literal_start();
    Prefilter prefilter;
    prefilter.services = known.find(':') == known.npos ? everything : bit_of(service_of(known));
    prefilter.actions = action.is_literal() ? bit_of(known) : everything;
    return prefilter;
}

Prefilter gate_of(const ArnPattern& resource) {
    const auto last = resource.literal_last_field();
    Prefilter prefilter;
    prefilter.resources = last ? first_bit(hash_of(*last)) : everything;
    prefilter.resources_again = last ? second_bit(hash_of(*last)) : everything;
    return prefilter;
}

}  // namespace

void Prefilter::widen(const Prefilter& other) {
    services |= other.services;
    actions |= other.actions;
    resources |= other.resources;
    resources_again |= other.resources_again;
}

Prefilter gate_of(const Statement& statement) {
    Prefilter prefilter;
    for (const Pattern& action : statement.actions.items) prefilter.widen(gate_of(action));
    if (statement.actions.negated) prefilter.services = prefilter.actions = everything;
    const bool any_resource = !statement.resources || statement.resources->negated;
    if (any_resource) prefilter.resources = prefilter.resources_again = everything;
    if (any_resource) return prefilter;
    for (const ArnPattern& resource : statement.resources->items) prefilter.widen(gate_of(resource));
    return prefilter;
}

Prefilter gate_of(std::string_view action, const ArnText& resource) {
    const std::uint64_t last = hash_of(resource.fields ? resource.fields->back() : resource.whole);
    return {.services = bit_of(service_of(action)),
            .actions = bit_of(action),
            .resources = first_bit(last),
            .resources_again = second_bit(last)};
}

}  // namespace countersign::policy
