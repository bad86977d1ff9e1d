// AWS Security Token Service's API: who calls, and temporary credentials. They are sealed into their own
// tokens; nothing is stored.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "crypto/random.h"
#include "crypto/seal.h"
#include "federation/caller_identity.h"
#include "federation/provider_keys.h"
#include "gateway/service.h"
#include "http/message.h"
#include "store/store.h"

namespace countersign::sts {

// How AWS's own STS is asked who signed a request.
struct AwsSts {
    std::set<std::string, std::less<>> hosts = federation::aws_sts_hosts();
    // Sends it to that host and waits for the answer, within a deadline.
    std::function<Result<http::Response>(const std::string& host, const http::Request& request)> ask;
    // Runs a job of an account that may wait for it, elsewhere; none: the call waits.
    std::function<bool(const std::string& account, std::function<void()> job)> outside;
};

// What the operations work with. The references must outlive the service.
struct Deps {
    static constexpr std::string_view action_prefix = "sts";

    store::Store& store;
    const crypto::SealingKey& sealing;
    crypto::Random& random;
    federation::ProviderKeys& provider_keys;
    AwsSts aws = {};  // who cannot ask it lets nobody in by it
};

gateway::Service service(const Deps& deps);

}  // namespace countersign::sts
