// What the records of a cluster say about one of its servers among the others, and which reader has what the
// writer acknowledged. Pure.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/deadline.h"
#include "databases/engine.h"
#include "databases/record_set.h"

namespace countersign::databases {

// Of two readers the one with the lesser rank becomes the writer: by promotion tier, then by age.
inline std::tuple<int, Instant, std::string> succession_rank(const model::DBInstance& reader) {
    return {model::promotion_tier(reader), reader.created, reader.id};
}

// The server as it is by itself: a reader's listens at its own place. The records must have a server.
model::Server own_server(const RecordSet& records);

// `followers` are the homes of readers that had what the writer has when it was looked at last.
MemberFacts member_facts(const RecordSet& records, const std::vector<std::string>& followers);

// Where it is reached beside its server's own endpoints: at the cluster's, and by itself.
std::vector<Endpoint> further_endpoints(const MemberFacts& member);

// Home of the reader that is known to have every acknowledged commit from now on; empty: none. `missed` is
// kept between calls: a reader that ends is waited for for some seconds.
std::string synchronous_now(const RecordSet& records, const Observation& seen,
                            std::optional<Deadline>& missed);

// What synchronous_commit is by the parameter groups, where commits wait for a reader by the records and yet
// are acknowledged without it; else empty.
std::string unsafe_commit(const RecordSet& records);

// A claim on a place: its key, and whose it should be.
struct HeldClaim {
    std::string key;
    std::string owner;
};
// Those of instances, and of the reader endpoint, that `after` has not any more.
std::vector<HeldClaim> claims_given_up(const RecordSet& before, const RecordSet& after);

}  // namespace countersign::databases
