// Options without effect in a request: those that are refused, and the events about those that are taken.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "databases/event_log.h"
#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/options_without_effect.h"
#include "services/rds/service.h"
#include "store/store.h"

namespace countersign::rds {

using OptionNames = std::vector<std::string_view>;

// Those of the second that are not among the first.
OptionNames turned_on(const OptionNames& before, OptionNames after);

// InvalidParameterCombination for an option that promises safety and is not taken here.
Result<void> check_taken(const Deps& deps, const OptionNames& options);

// An event about each, for the transaction that turns them on.
void report_options(const Deps& deps, const gateway::Call& call, const databases::EventSource& source,
                    const OptionNames& options, store::Transaction& transaction);

// Where the port that was asked for is to be found, if not at the usual host: an event for the creation.
struct AskedPlace {
    std::optional<std::uint16_t> port;
    const model::Server& server;
};
void report_place(const Deps& deps, const gateway::Call& call, const databases::EventSource& source,
                  const AskedPlace& asked, store::Transaction& transaction);

// A key is kept as RDS shows it: as an ARN.
struct AskedEncryption {
    std::optional<bool> on;
    std::optional<std::string> key;
};
void echo_encryption(model::PassthroughAttributes& kept, const gateway::Call& call,
                     const AskedEncryption& asked);

// Values that AWS refuses: the CA of a certificate, the retention of Performance Insights, capacities.
Result<void> check_certificate_authority(const std::optional<std::string>& id);
Result<void> check_insights_retention(const std::optional<std::int64_t>& days);
Result<void> check_capacity(const std::optional<api::ServerlessV2ScalingConfiguration>& capacity);

// Enhanced Monitoring as it is asked for later; what is left out stays.
Result<void> check_monitoring_change(const model::PassthroughAttributes& kept,
                                     const std::optional<std::int64_t>& interval,
                                     const std::optional<std::string>& role);

// Backtracking is Aurora MySQL's alone.
Result<void> check_backtrack(const std::optional<std::int64_t>& window);

}  // namespace countersign::rds
