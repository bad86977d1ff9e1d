#include "sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/keys.h"

namespace countersign::sim {

namespace {

using namespace std::chrono_literals;

constexpr int full_check_every = 20;  // steps

// What somebody asked for, but for last uses and reports of events, which nobody waits for.
bool is_of_records(const std::string& key) {
    return key.starts_with(model::keys::iam()) ||
           (key.starts_with(model::keys::rds()) &&
            model::keys::rds_kind_of(key) != model::keys::RdsKind::event);
}

}  // namespace

Simulation::Simulation(std::uint64_t seed) : chance_(seed), world_(~seed) {
    check(world_.call("iam", "CreateGroup", {{"GroupName", group_name}}).status == 200, "no group is made");
    watch_ = world_.store->watch(model::keys::all(), world_.store->revision());
    world_.faulty.interfere({.commit = [this](const store::Transaction& asked) { return fate(asked); },
                             .read = [this](std::string_view key) { return read_fails(key); }});
    world_.engine.interfere([this](const std::string&, databases::Step step) { return engine_fails(step); });
}

void Simulation::check(bool holds, const std::string& what) const {
    if (!holds) throw Failed(what);
}

void Simulation::run(int steps) {
    for (int i = 1; i <= steps; ++i) {
        step();
        check_databases();
        knock_at_random(false);
        if (i % full_check_every != 0) continue;
        check_rights();
        knock_everywhere();
    }
    check_end();
}

void Simulation::step() {
    disturbed_ = false;
    switch (chance_.below(12)) {
        case 0:
        case 1:
            return reconcile(true);
        case 2:
            return let_time_pass();
        case 3:
        case 4:
            return knock_at_random(true);
        case 5:
            if (chance_.one_in(4)) return compact();
            if (chance_.one_in(3)) return crash_server();
            return reconcile(false);
        default:
            return perform(operations_.any(), chance_.one_in(2));
    }
}

// What was written since the last time is the running call's.
void Simulation::collect() {
    const auto events = watch_->next(0ms);
    check(static_cast<bool>(events), "the simulation's own watch fell behind");
    if (running_ == nullptr) return;
    for (const store::Event& event : *events)
        if (is_of_records(event.key)) running_->written.push_back(event);
}

void Simulation::perform(const Operation& operation, bool faults) {
    collect();
    Running running{operation, operation.legal(), {}};
    Running* const outer = std::exchange(running_, &running);
    const bool before = std::exchange(faults_, faults);
    ++depth_;
    const Answer answer = world_.call(operation.service, operation.action, operation.parameters);
    collect();
    --depth_;
    faults_ = before;
    running_ = outer;
    std::string line =
        fmt::format("{}{}", std::string(2 * static_cast<std::size_t>(depth_), ' '), operation.action);
    for (const auto& [name, value] : operation.parameters) line += fmt::format(" {}={}", name, value);
    trace_.push_back(fmt::format("{}: {} {}", line, answer.status, answer.text("//Error/Code")));
    conclude(running, answer, faults);
}

// A failure leaves open whether the call was done: what it wrote tells. No other answer does.
void Simulation::conclude(const Running& running, const Answer& answer, bool faults) {
    const std::string& action = running.operation.action;
    if (answer.status == 200) {
        check(running.legal, action + " was done and must be refused");
        running.operation.happen({&answer, running.written});
    } else if (answer.status >= 500) {
        check(faults && disturbed_, action + " failed for nothing");
        if (running.written.empty()) return;
        check(running.legal, action + " must be refused; it failed, and was done");
        running.operation.happen({nullptr, running.written});
    } else {
        check(!running.legal, action + " was refused and must be done");
        check(running.written.empty(), action + " was refused and wrote");
    }
}

std::optional<store::Failure> Simulation::fate(const store::Transaction& transaction) {
    if (!faults_) return std::nullopt;
    const bool of_records = std::ranges::any_of(
        transaction.writes, [](const store::Write& write) { return is_of_records(write.key); });
    if (of_records && chance_.one_in(4)) {
        trace_.emplace_back("before its commit:");
        perform(operations_.any(), false);
        if (running_ != nullptr) running_->legal = running_->operation.legal();
        return std::nullopt;
    }
    if (!chance_.one_in(5)) return std::nullopt;
    disturbed_ = true;
    const bool lost = chance_.one_in(2);
    trace_.emplace_back(lost ? "the answer to a commit is lost" : "a commit fails");
    return lost ? store::Failure::answer_lost : store::Failure::not_written;
}

// How many ports are looked at hangs on which this machine has free, so those draw nothing.
bool Simulation::read_fails(std::string_view key) {
    if (!faults_ || key.starts_with(model::keys::ports()) || !chance_.one_in(30)) return false;
    disturbed_ = true;
    trace_.push_back(fmt::format("a read of {} fails", key));
    return true;
}

Result<void> Simulation::engine_fails(databases::Step step) {
    if (!faults_ || !chance_.one_in(8)) return {};
    trace_.push_back(fmt::format("the step {} fails", databases::name_of(step)));
    if (chance_.one_in(3)) throw std::runtime_error("a bug of the engine");
    return Error{Fault::unavailable, "the machine has no memory"};
}

void Simulation::reconcile(bool faults) {
    trace_.emplace_back("reconcile");
    collect();
    faults_ = faults;
    servers_.reconcile();
    faults_ = false;
}

void Simulation::let_time_pass() {
    const auto minutes = std::chrono::minutes(1 + chance_.below(chance_.one_in(10) ? 3000 : 20));
    trace_.push_back(fmt::format("{} minutes pass", minutes.count()));
    world_.clock.advance(minutes + std::chrono::milliseconds(chance_.below(60'000)));
    servers_.pass();
}

void Simulation::crash_server() {
    if (model_.databases.empty()) return;
    const auto at = std::next(model_.databases.begin(),
                              static_cast<std::ptrdiff_t>(chance_.below(model_.databases.size())));
    const std::string& id = at->second.resource_id;
    if (!world_.engine.state(id).process) return;
    trace_.push_back("crash of " + at->first);
    world_.engine.change(id, [](databases::Observation& state) {
        state.process = false;
        state.crashed = true;
    });
}

// Watches that have not read on are left behind.
void Simulation::compact() {
    trace_.emplace_back("compact");
    collect();
    check(static_cast<bool>(world_.store->compact(world_.store->revision())),
          "the store cannot be compacted");
}

}  // namespace countersign::sim
