#include "agent_api/server/fleet.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "agent_api/server/change_feed.h"
#include "agent_api/server/service.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/thread.h"
#include "crypto/digest.h"
#include "http/server.h"

namespace countersign::agent_api::server {

namespace {

constexpr unsigned workers = 4;
constexpr const char* chores_thread = "fleet-chores";
constexpr auto chore_every = std::chrono::seconds(1);
constexpr auto server_certificate_rest_min = std::chrono::hours(24 * 30);  // with less, it is renewed

// What agents may call this host by.
crypto::CertificateNames names_of(const Options& options) {
    std::array<char, 256> machine{};
    ::gethostname(machine.data(), machine.size() - 1);
    crypto::CertificateNames names{"Countersign control plane", {"localhost", "127.0.0.1", "::1"}};
    for (const std::string& name : {options.host, options.endpoint_host, lower(machine.data())}) {
        const bool is_name = !name.empty() && name != "0.0.0.0" && name != "::" && name != "*";
        if (is_name && std::ranges::find(names.alternatives, name) == names.alternatives.end())
            names.alternatives.push_back(name);
    }
    return names;
}

Result<http::Tls> tls_of(const Options& options, Instant now, crypto::Random& random) {
    crypto::CertifiedKey own = TRY(crypto::issue_server(options.authority, names_of(options), now, random));
    // Whoever enrols finds the authority in the chain, and knows it by its digest.
    return http::Tls{own.certificate_pem + options.authority.certificate_pem, std::move(own.key_pem),
                     options.authority.certificate_pem};
}

}  // namespace

struct Fleet::Impl {
    Impl(const Deps& given, Options wanted) : deps(given), options(std::move(wanted)) {}

    Result<void> renew_certificate(Instant now) {
        if (now < renew_at) return {};
        const http::Tls tls = TRY(tls_of(options, now, deps.random));
        const Instant until = TRY(crypto::expiry_of(tls.certificate_chain_pem));
        renew_at = until - server_certificate_rest_min;
        return http->renew(tls);
    }

    void do_chores() {
        while (!waits_for_end()) {
            do_chore([this]() -> Result<void> {
                polls.tell_overdue(std::chrono::steady_clock::now());
                return {};
            });
            do_chore([this] { return heartbeats.write(); });
            do_chore([this] { return renew_certificate(deps.clock.now()); });
        }
    }

    // One that fails or throws keeps no other from being done.
    void do_chore(const std::function<Result<void>()>& chore) const {
        guarded(deps.log, chores_thread, [&] {
            const Result<void> done = chore();
            if (!done) deps.log.warn("fleet.chore_failed", {{"reason", done.error().message}});
        });
    }

    // False: it is time for the next chores.
    bool waits_for_end() {
        const MutexLock lock(mutex);
        return changed.wait_for(mutex, chore_every, [this]() REQUIRES(mutex) { return stopping; });
    }

    void end() {
        {
            const MutexLock lock(mutex);
            stopping = true;
        }
        changed.notify_all();
        housekeeping.join();
    }

    const Deps deps;
    const Options options;
    const KeyTags marks{
        crypto::hmac_sha256(options.authority.key_pem, "countersign marks of the store's keys")};
    Changes changes;
    LongPolls polls{changes};
    Servers servers{deps.store};
    AgentHeartbeats heartbeats{deps.store, deps.clock};
    ChangeFeed feed{{deps.store, marks, changes, polls, servers, deps.random, deps.log}};
    AgentAuthenticator authenticator{
        {deps.store, options.authority, deps.clock, deps.random, options.certificate_life}};
    RecordService records{{deps.store, deps.principals, servers, marks, deps.audit, deps.clock, deps.log}};
    Rates rates;
    Service service{{authenticator, records, polls, heartbeats, rates, deps.log}};
    std::unique_ptr<http::Server> http;
    Instant renew_at;
    Mutex mutex;
    Condition changed;
    bool stopping GUARDED_BY(mutex) = false;
    Thread housekeeping;
};

Fleet::Fleet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Fleet::~Fleet() {
    stop();
}

Result<std::unique_ptr<Fleet>> Fleet::listen(const Deps& deps, Options options) {
    auto impl = std::make_unique<Impl>(deps, std::move(options));
    const Instant now = deps.clock.now();
    http::Tls tls = TRY(tls_of(impl->options, now, deps.random));
    const Instant until = TRY(crypto::expiry_of(tls.certificate_chain_pem));
    impl->renew_at = until - server_certificate_rest_min;
    http::ServerOptions server;
    server.host = impl->options.host;
    server.port = impl->options.port;
    server.workers = workers;
    server.tls = std::make_unique<http::Tls>(std::move(tls));
    auto listening = http::Server::listen_late(
        std::move(server),
        [&service = impl->service](const http::Request& request, const http::Answer& answer) {
            service.answer(request, answer);
        },
        deps.log);
    if (!listening)
        return Error{Fault::unavailable, listening.error().message + "; choose another with --agents"};
    impl->http = *std::move(listening);
    return std::unique_ptr<Fleet>(new Fleet(std::move(impl)));
}

std::uint16_t Fleet::port() const {
    return impl_->http->port();
}

Result<void> Fleet::start() {
    TRY(impl_->feed.start());
    impl_->housekeeping = Thread(chores_thread, impl_->deps.log, [impl = impl_.get()] { impl->do_chores(); });
    impl_->http->start();
    return {};
}

void Fleet::stop() {
    impl_->end();
    impl_->feed.stop();
    impl_->polls.stop();
    impl_->http->stop();
}

}  // namespace countersign::agent_api::server
