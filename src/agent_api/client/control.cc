#include "agent_api/client/control.h"

#include "crypto/certificates.h"
#include "formats/record.h"

namespace countersign::agent_api::client {

namespace {

constexpr auto record_patience = std::chrono::milliseconds(1000);  // a login waits for it
constexpr auto call_patience = std::chrono::seconds(10);
constexpr std::size_t idle_max = 8;

Error error_of(const http::Response& response) {
    const auto refusal = formats::from_record<Refusal>(response.body);
    const std::string message = refusal && !refusal->message.empty()
                                    ? refusal->message
                                    : "the control plane answers " + std::to_string(response.status);
    switch (response.status) {
        case 401:
            return {Fault::unauthenticated, message};
        case 403:
            return {Fault::denied, message};
        case 503:
            return {Fault::throttled, message};  // it is there: others may be answered
        case 400:
        case 413:
            return {Fault::invalid, message};
        default:
            return {Fault::unavailable, message};
    }
}

template <class Answer>
Result<Answer> read(Result<std::string> body) {
    if (!body) return std::move(body).error();
    auto answer = formats::from_record<Answer>(*body);
    if (!answer) return Error{Fault::unavailable, "the control plane's answer cannot be read"};
    return answer;
}

}  // namespace

// A connection, and the generation of the identity that it was opened with.
struct ControlPlane::Wire {
    Wire(const Identity& identity, unsigned made_for)
        : channel(url_of(identity.control_plane), identity.trust), generation(made_for) {}
    http::Channel channel;
    unsigned generation;
};

ControlPlane::~ControlPlane() = default;

std::shared_ptr<ControlPlane::Wire> ControlPlane::borrow() {
    const MutexLock lock(mutex_);
    if (stopped_) return nullptr;
    std::shared_ptr<Wire> wire;
    if (idle_.empty()) {
        wire = std::make_shared<Wire>(identity_, generation_);
    } else {
        wire = std::move(idle_.back());
        idle_.pop_back();
    }
    std::erase_if(used_, [](const std::weak_ptr<Wire>& one) { return one.expired(); });
    used_.push_back(wire);
    return wire;
}

void ControlPlane::give_back(const std::shared_ptr<Wire>& wire) {
    const MutexLock lock(mutex_);
    std::erase_if(used_, [&](const std::weak_ptr<Wire>& one) { return one.lock() == wire; });
    if (!stopped_ && wire->generation == generation_ && idle_.size() < idle_max) idle_.push_back(wire);
}

Result<std::string> ControlPlane::call(std::string_view path, const std::string& body,
                                       std::chrono::milliseconds deadline) {
    const std::shared_ptr<Wire> wire = borrow();
    if (wire == nullptr) return Error{Fault::unavailable, "this agent is ending"};
    const http::Request request{"POST", std::string(path), {{"Content-Type", "application/json"}}, body, ""};
    Result<http::Response> response = wire->channel.ask(request, deadline);
    if (!response) return Error{Fault::unavailable, response.error().message};
    give_back(wire);
    if (response->status != 200) return error_of(*response);
    return std::move(response->body);
}

Result<RecordAnswer> ControlPlane::record(const RecordRequest& request) {
    return read<RecordAnswer>(call("/v1/record", formats::to_record(request), record_patience));
}

Result<WatchAnswer> ControlPlane::watch(const WatchRequest& request) {
    return read<WatchAnswer>(call("/v1/watch", formats::to_record(request), watch_hold + call_patience));
}

Result<ServersAnswer> ControlPlane::servers(const ServersRequest& request) {
    return read<ServersAnswer>(call("/v1/servers", formats::to_record(request), call_patience));
}

Result<std::vector<std::string>> ControlPlane::idle_users(const std::string& resource_id,
                                                          const std::vector<std::string>& users) {
    std::vector<std::string> idle;
    for (std::size_t at = 0; at < users.size(); at += idle_users_max) {
        IdleUsersRequest request{resource_id, {}};
        for (std::size_t one = at; one < std::min(at + idle_users_max, users.size()); ++one)
            request.users.push_back(users[one]);
        const auto answer =
            TRY(read<IdleUsersAnswer>(call("/v1/idle-users", formats::to_record(request), call_patience)));
        idle.insert(idle.end(), answer.users.begin(), answer.users.end());
    }
    return idle;
}

Result<void> ControlPlane::deliver(const LoginsRequest& lines) {
    TRY(call("/v1/logins", formats::to_record(lines), call_patience));
    return {};
}

Result<Identity> ControlPlane::renew(Instant now) {
    crypto::RequestedKey key = crypto::request_certificate();
    Certified certified = TRY(read<Certified>(
        call("/v1/renew", formats::to_record(RenewRequest{std::move(key.request_pem)}), call_patience)));
    Identity renewed =
        TRY(certified_anew(identity(), std::move(key.key_pem), std::move(certified.certificate), now));
    const MutexLock lock(mutex_);
    identity_ = renewed;
    ++generation_;
    idle_.clear();
    return renewed;
}

Identity ControlPlane::identity() const {
    const MutexLock lock(mutex_);
    return identity_;
}

void ControlPlane::stop() {
    const MutexLock lock(mutex_);
    stopped_ = true;
    idle_.clear();
    for (const std::weak_ptr<Wire>& one : used_)
        if (const auto wire = one.lock()) wire->channel.cancel();
}

}  // namespace countersign::agent_api::client
