// Who among the agents asks: by the certificate that it proved to hold, and the record of its enrolment.
// Enrols and renews. Safe to call from any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent_api/protocol/protocol.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/certificates.h"
#include "crypto/random.h"
#include "http/message.h"
#include "store/store.h"

namespace countersign::agent_api::server {

// An agent that proved to be one.
struct AgentIdentity {
    std::string name;
    std::string id;  // of its enrolment
    Instant certificate_until;
    std::string address;
    std::vector<std::string> accounts;  // whose it is
};

class AgentAuthenticator {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        store::Store& store;
        const crypto::CertifiedKey& authority;
        const Clock& clock;
        crypto::Random& random;
        std::chrono::seconds certificate_life;
    };

    explicit AgentAuthenticator(const Deps& deps) : deps_(deps) {}

    // Fault::unauthenticated without a certificate, with one that has ended while the connection lived, or
    // when the agent was removed or enrolled anew.
    Result<AgentIdentity> identity_of(const http::Request& request) const;

    // Uses up the token. Fault::denied: the token is none, used, or expired. Fault::exists: the name is
    // taken, by an agent that the token may not replace or by one of other accounts.
    Result<agent_api::Certified> enrol(const agent_api::EnrolRequest& wanted,
                                       const std::string& address) const;
    Result<agent_api::Certified> renew(const AgentIdentity& identity,
                                       const agent_api::RenewRequest& wanted) const;

    // Where the agent says that its sockets are. Fault::invalid when no socket could be there.
    Result<void> note_run_directory(const AgentIdentity& identity, const std::string& directory) const;

private:
    Result<agent_api::Certified> certify(const std::string& name, const std::string& id,
                                         const std::string& request_pem) const;

    const Deps deps_;
};

}  // namespace countersign::agent_api::server
