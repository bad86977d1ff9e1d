// The control plane for agents of other hosts: an HTTPS listener of its own (TLS 1.3, certificate of
// Countersign's authority), and all that it answers. Owned by `serve`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "access/principals.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "crypto/certificates.h"
#include "crypto/random.h"
#include "store/store.h"

namespace countersign::agent_api::server {

struct Options {
    std::string host;
    std::uint16_t port = 0;     // 0: any free one
    std::string endpoint_host;  // a further name in the listener's certificate
    crypto::CertifiedKey authority;
    std::chrono::seconds certificate_life = std::chrono::hours(24);  // of agents
};

class Fleet {
public:
    // Everything must outlive it.
    struct Deps {
        store::Store& store;
        access::Principals& principals;
        const audit::Audit& audit;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
    };

    // Binds and listens; begins to answer with start().
    static Result<std::unique_ptr<Fleet>> listen(const Deps& deps, Options options);
    ~Fleet();  // stops
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    std::uint16_t port() const;
    Result<void> start();
    void stop();

private:
    struct Impl;
    explicit Fleet(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::agent_api::server
