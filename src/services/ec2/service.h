// Amazon EC2's API as far as databases need it: VPCs, subnets, security groups and their rules. There is no
// network behind them; what the rules of a database's groups admit, its server enforces.
#pragma once

#include <functional>
#include <string_view>

#include "crypto/random.h"
#include "gateway/service.h"
#include "store/store.h"

namespace countersign::ec2 {

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "ec2";

    store::Store& store;
    crypto::Random& random;
    std::function<void()> changed = {};  // called when what rules admit has changed; may wait until it counts
};

inline void note_change(const Deps& deps) {
    if (deps.changed) deps.changed();
}

gateway::Service service(const Deps& deps);

}  // namespace countersign::ec2
