// One run: steps drawn from a seed, each followed by checks against the model. One thread, no waiting, no
// clock but its own: the same seed makes the same trace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "login/verdict.h"
#include "sim/model.h"
#include "sim/operations.h"
#include "sim/servers.h"
#include "sim/world.h"

namespace countersign::sim {

// A check that does not hold, in words.
struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed);

    // Throws Failed.
    void run(int steps);

    // What was done, a line each.
    const std::vector<std::string>& trace() const { return trace_; }

private:
    // A call that is under way.
    struct Running {
        const Operation& operation;
        bool legal = false;
        std::vector<store::Event> written;
    };
    // An attempt to log in with a token made for it.
    struct Knock {
        IssuedKey key;
        std::string database;
        std::string db_user;
        std::string flaw;  // of the token or the connection; empty: none
    };

    void step();
    void perform(const Operation& operation, bool faults);
    void conclude(const Running& running, const Answer& answer, bool faults);
    void collect();
    std::optional<store::Failure> fate(const store::Transaction& transaction);
    bool read_fails(std::string_view key);
    Result<void> engine_fails(databases::Step step);
    void reconcile(bool faults);
    void crash_server();
    void compact();
    void let_time_pass();

    void knock(const Knock& knock, bool faults);
    void knock_at_random(bool faults);
    void knock_everywhere();
    const IssuedKey& any_issued_key();
    std::optional<login::Server> server_of(const std::string& database);
    bool lets_in(const login::Attempt& attempt, const login::Server& server);

    void check_databases();
    void check_rights();
    void check_rights_of(const std::string& name, const User& user);
    void check_managed_policies();
    void check_end();
    void check(bool holds, const std::string& what) const;

    Chance chance_;
    World world_;
    Model model_;
    Operations operations_{world_, model_, chance_};
    Servers servers_{world_};
    std::unique_ptr<store::Watch> watch_;
    Running* running_ = nullptr;  // the innermost call
    int depth_ = 0;               // of calls inside each other
    bool faults_ = false;         // whether they may happen now
    bool disturbed_ = false;      // whether one has, since the step began
    std::vector<std::string> trace_;
};

}  // namespace countersign::sim
