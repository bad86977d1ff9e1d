// countersign_sim: runs simulations, one a seed, and says which check of which failed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>

#include "sim/simulation.h"

namespace {

using countersign::sim::Failed;
using countersign::sim::Simulation;

constexpr std::size_t shown_max = 40;  // steps before a failure

struct Plan {
    std::uint64_t first = 1;
    std::uint64_t last = 3;
    int steps = 300;
};

void show(const Simulation& simulation, std::size_t lines) {
    const auto& trace = simulation.trace();
    for (std::size_t i = trace.size() - std::min(trace.size(), lines); i < trace.size(); ++i)
        fmt::print("  {}\n", trace[i]);
}

// Empty where all checks held.
std::string failure_of(Simulation& simulation, int steps) {
    try {
        simulation.run(steps);
        return {};
    } catch (const Failed& failed) {
        return failed.what();
    }
}

bool passes(std::uint64_t seed, int steps) {
    Simulation simulation(seed);
    const std::string failure = failure_of(simulation, steps);
    if (failure.empty()) return true;
    show(simulation, shown_max);
    fmt::print("seed {}, {} steps: {}\n", seed, steps, failure);
    return false;
}

bool repeats(std::uint64_t seed, int steps) {
    Simulation one(seed);
    Simulation other(seed);
    if (failure_of(one, steps) == failure_of(other, steps) && one.trace() == other.trace()) return true;
    fmt::print("seed {}: makes another trace the second time\n", seed);
    return false;
}

bool read_range(const std::string& text, Plan& plan) {
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, plan.first);
    plan.last = plan.first;
    if (first.ec != std::errc()) return false;
    if (first.ptr == end) return true;
    if (*first.ptr != '-') return false;
    const auto last = std::from_chars(first.ptr + 1, end, plan.last);
    return last.ec == std::errc() && last.ptr == end && plan.first <= plan.last;
}

}  // namespace

int main(int argc, char** argv) {
    Plan plan;
    std::string seeds = "1-3";
    CLI::App app("Simulates logins, changes of rights and databases over a store that fails, from seeds.");
    app.add_option("--seeds", seeds, "FIRST-LAST, or one alone")->capture_default_str();
    app.add_option("--steps", plan.steps, "of each seed")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (!read_range(seeds, plan)) {
        fmt::print(stderr, "countersign_sim: --seeds takes FIRST-LAST\n");
        return 2;
    }
    std::uint64_t failed = repeats(plan.first, plan.steps) ? 0 : 1;
    for (std::uint64_t seed = plan.first; seed <= plan.last; ++seed)
        failed += passes(seed, plan.steps) ? 0 : 1;
    fmt::print("seeds {}-{} of {} steps: {} failed\n", plan.first, plan.last, plan.steps, failed);
    return failed == 0 ? 0 : 1;
}
