#include "agent_api/server/service.h"

#include "formats/record.h"

namespace countersign::agent_api::server {

namespace {

http::Response json_response(int status, std::string body) {
    return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

template <class Answer>
Result<http::Response> written(const Result<Answer>& answer) {
    if (!answer) return answer.error();
    return json_response(200, formats::to_record(*answer));
}

template <class Wanted>
Result<Wanted> read(const http::Request& request) {
    auto wanted = formats::from_record<Wanted>(request.body);
    if (!wanted) return Error{Fault::invalid, "the request cannot be read"};
    return wanted;
}

constexpr std::size_t epoch_bytes_max = 64;

struct Outcome {
    Fault fault;
    int status;
    std::string_view code;
};
constexpr Outcome outcomes[] = {
    {Fault::unauthenticated, 401, "removed"}, {Fault::denied, 403, "refused"},
    {Fault::exists, 403, "refused"},          {Fault::not_found, 404, "invalid"},
    {Fault::invalid, 400, "invalid"},         {Fault::throttled, 503, "busy"},
};

// What is broken here is told to the log alone.
http::Response refusal(const Error& error, const http::Request& request, const Log& log) {
    for (const Outcome& outcome : outcomes)
        if (outcome.fault == error.fault)
            return json_response(outcome.status,
                                 formats::to_record(Refusal{std::string(outcome.code), error.message}));
    log.error("fleet.failed", {{"path", request.path()}, {"reason", error.message}});
    return json_response(503, formats::to_record(Refusal{"failed", "the control plane cannot answer now"}));
}

}  // namespace

Result<http::Response> Service::enrol(const http::Request& request) const {
    const auto wanted = TRY(read<agent_api::EnrolRequest>(request));
    const auto certified = deps_.authenticator.enrol(wanted, request.peer);
    if (certified)
        deps_.log.info("fleet.enrolled", {{"agent", certified->name}, {"address", request.peer}});
    else
        deps_.log.warn("fleet.not_enrolled",
                       {{"address", request.peer}, {"reason", certified.error().message}});
    return written(certified);
}

Result<http::Response> Service::ask(const http::Request& request, const AgentIdentity& identity) const {
    const std::string_view path = request.path();
    if (path == "/v1/record") {
        const auto wanted = TRY(read<agent_api::RecordRequest>(request));
        return written(deps_.records.record(identity, wanted));
    }
    if (path == "/v1/servers") {
        const auto wanted = TRY(read<agent_api::ServersRequest>(request));
        TRY(deps_.authenticator.note_run_directory(identity, wanted.run_directory));
        return written(deps_.records.servers(identity));
    }
    if (path == "/v1/idle-users") {
        const auto wanted = TRY(read<agent_api::IdleUsersRequest>(request));
        return written(deps_.records.idle_users(identity, wanted));
    }
    if (path == "/v1/renew") {
        const auto wanted = TRY(read<agent_api::RenewRequest>(request));
        return written(deps_.authenticator.renew(identity, wanted));
    }
    if (path != "/v1/logins") return Error{Fault::not_found, "there is no such path"};
    auto lines = TRY(read<agent_api::LoginsRequest>(request));
    TRY(deps_.records.take_logins(identity, std::move(lines)));
    return json_response(200, "{}");
}

void Service::answer(const http::Request& request, const http::Answer& answer) const {
    const auto reply = [&](const Result<http::Response>& response) {
        answer(response ? *response : refusal(response.error(), request, deps_.log));
    };
    if (request.method != "POST")
        return reply(Error{Fault::invalid, "the paths of agents are asked by POST"});
    if (request.path() == "/v1/enrol") return reply(enrol(request));
    const Result<AgentIdentity> identity = deps_.authenticator.identity_of(request);
    if (!identity) return reply(identity.error());
    const auto now = std::chrono::steady_clock::now();
    if (!deps_.rates.passes(identity->name, request.body.size(), now))
        return reply(Error{Fault::throttled, "this agent asks too much"});
    deps_.heartbeats.note(*identity);
    if (request.path() != "/v1/watch") return reply(ask(request, *identity));
    const auto wanted = read<agent_api::WatchRequest>(request);
    if (!wanted) return reply(wanted.error());
    if (wanted->epoch.size() > epoch_bytes_max)
        return reply(Error{Fault::invalid, "the epoch is none of this control plane's"});
    deps_.polls.hold({identity->name, identity->accounts, *wanted}, answer, now);
}

}  // namespace countersign::agent_api::server
