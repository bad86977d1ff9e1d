// What AWS has no API for on a server of one's own: the accounts that it holds, the guardrails of each, and
// why a login would be allowed or refused.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/sessions/live_sessions.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "databases/engine.h"
#include "gateway/service.h"
#include "login/verdict.h"
#include "model/options_without_effect.h"
#include "services/sts/service.h"
#include "store/store.h"

namespace countersign::admin {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "countersign";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    login::ConnectContext connect_context = login::ConnectContext::aws;
    databases::Engine* engine = nullptr;                 // of this server's databases; none: no questions
    std::filesystem::path data_directory = {};           // of this server: the agent inside it listens below
    const agent::LiveSessions* live_sessions = nullptr;  // of all agents, for ListSessions and EndSessions
    // Whose servers the agent inside answers for, beside the account that this server began with.
    std::set<std::string> attaching_accounts = {};
    // Runs a job of an account that may wait for the account's database, elsewhere; none: the call waits.
    std::function<bool(const std::string& account, std::function<void()> job)> outside = {};
    model::OptionPolicy option_policy = {};  // of the RDS API
    std::optional<sts::Deps> sts = {};       // what judges federated calls; none: no questions
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::admin
