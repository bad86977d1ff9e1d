#include "apps/serve/stacks.h"

#include "services/sts/service_session.h"

namespace countersign::apps {

namespace {

// What AWS calls the sessions of roles that stacks have.
constexpr const char* session_name = "AWSCloudFormation";

cloudformation::AssumeRole role_sessions(const sts::Deps& deps) {
    return [deps](const std::string& account, const std::string& role,
                  Instant now) -> Result<sigv4::Credentials> {
        const sts::ServiceRole wanted{std::string(cloudformation::service_principal), account, role,
                                      session_name};
        sts::MachineSession made = TRY(sts::begin_service_session(deps, wanted, now));
        return sigv4::Credentials{std::move(made.access_key_id), std::move(made.secret_access_key),
                                  std::move(made.session_token)};
    };
}

}  // namespace

Stacks::Stacks(const Deps& deps)
    : worker_({{deps.sts.store, deps.sts.sealing, deps.sts.random},
               deps.access,
               deps.dispatcher,
               deps.clock,
               deps.log,
               role_sessions(deps.sts)}) {
    worker_.start();
}

}  // namespace countersign::apps
