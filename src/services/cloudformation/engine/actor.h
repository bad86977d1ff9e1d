// As whom a stack's calls are made. Every call goes through the dispatcher as whoever asked for the stack, or
// as its role, with the rights that they have by then: it is signed with keys had for this moment and
// authenticated like a request over HTTP, so that a key that is deleted or inactive, a session that has ended
// and a role that trusts the service no more stop the work. Nothing that signs is kept.
#pragma once

#include <functional>
#include <string>

#include "access/access.h"
#include "gateway/dispatcher.h"
#include "model/cloudformation.h"
#include "services/cloudformation/engine/records.h"
#include "services/cloudformation/types/type.h"
#include "sigv4/signing.h"

namespace countersign::cloudformation {

// The service as policies of roles name it, and as records of calls show it.
inline constexpr std::string_view service_principal = "cloudformation.amazonaws.com";

// Credentials of a session of a role of that account, if it trusts the service.
using AssumeRole = std::function<Result<sigv4::Credentials>(const std::string& account,
                                                            const std::string& role_arn, Instant now)>;

struct WorkDeps {
    Deps records;
    access::Access& access;
    const gateway::Dispatcher& dispatcher;
    const Clock& clock;
    const Log& log;
    AssumeRole assume;
};

// What is put down of a caller.
model::StackActor actor_of(const access::Caller& caller, const std::string& role);

// For one turn of the work: made anew for the next, which finds out anew who may still act.
class ActorApi : public Api {
public:
    ActorApi(const WorkDeps& deps, const Place& place, const model::StackActor& actor)
        : deps_(deps), place_(place), actor_(actor) {}

    Result<json::object> call(std::string_view service, std::string_view operation,
                              json::object members) const override;
    std::string_view region() const override { return place_.region; }
    std::string_view account() const override { return place_.account; }

private:
    Result<sigv4::Credentials> credentials(Instant now) const;
    Result<access::Caller> caller(std::string_view service, Instant now) const;

    const WorkDeps& deps_;
    const Place& place_;
    const model::StackActor& actor_;
    mutable std::optional<sigv4::Credentials> held_;
};

}  // namespace countersign::cloudformation
