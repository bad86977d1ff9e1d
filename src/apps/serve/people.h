// Signing in of people, put together: the pages, the services for programs that people agree to, SCIM for
// those that provision them, and the record of it. Safe to call from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "cli/serve_options.h"
#include "console/signin/signin.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "gateway/gateway.h"
#include "http/workers.h"
#include "identity_center/grants.h"
#include "services/scim/service.h"
#include "services/sts/service.h"
#include "store/store.h"

namespace countersign::apps {

class People {
public:
    // The references must outlive it.
    struct Deps {
        const cli::ServeOptions& options;
        sts::Deps sts;
        const Clock& clock;
        const Log& log;
        gateway::ApiListener& events;
        bool tls = false;
        std::function<std::uint16_t()> port;  // of the listener, once it has one
        // For what waits for somebody else's server.
        std::function<bool(const std::string& account, std::function<void()> job)> outside;
    };

    explicit People(Deps deps);

    // What the gateway offers of it.
    std::vector<gateway::Service> services();
    // False: the request is neither for one of the pages nor for SCIM.
    bool answer(const http::Request& request, const http::Answer& give);

    void start();
    void stop();

private:
    console::Site site() const;
    bool is_from_a_page(const http::Request& request) const;
    void record(const console::SignInEvent& event);
    void record(const scim::CallEvent& event);

    const Deps deps_;
    identity_center::Grants grants_;
    http::Workers workers_;
    console::SignIn pages_;
    scim::Service scim_;
};

}  // namespace countersign::apps
