#include "agent_api/server/fleet.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "agent_api/server/feed.h"
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

struct Fleet::Work {
    Work(const Surroundings& surroundings, Options wanted)
        : around(surroundings), options(std::move(wanted)) {}

    Result<void> renew_certificate(Instant now) {
        if (now < renew_at) return {};
        const http::Tls tls = TRY(tls_of(options, now, around.random));
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
            do_chore([this] { return contacts.write(); });
            do_chore([this] { return renew_certificate(around.clock.now()); });
        }
    }

    // One that fails or throws keeps no other from being done.
    void do_chore(const std::function<Result<void>()>& chore) const {
        guarded(around.log, chores_thread, [&] {
            const Result<void> done = chore();
            if (!done) around.log.warn("fleet.chore_failed", {{"reason", done.error().message}});
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
        chores.join();
    }

    const Surroundings around;
    const Options options;
    const Marks marks{
        crypto::hmac_sha256(options.authority.key_pem, "countersign marks of the store's keys")};
    Changes changes;
    Polls polls{changes};
    Servers servers{around.store};
    Contacts contacts{around.store, around.clock};
    Feed feed{{around.store, marks, changes, polls, servers, around.random, around.log}};
    Door door{{around.store, options.authority, around.clock, around.random, options.certificate_life}};
    Desk desk{{around.principals, servers, marks, around.audit, around.clock, around.log}};
    Rates rates;
    Service service{{door, desk, polls, contacts, rates, around.log}};
    std::unique_ptr<http::Server> http;
    Instant renew_at;
    Mutex mutex;
    Condition changed;
    bool stopping GUARDED_BY(mutex) = false;
    Thread chores;
};

Fleet::Fleet(std::unique_ptr<Work> work) : work_(std::move(work)) {}

Fleet::~Fleet() {
    stop();
}

Result<std::unique_ptr<Fleet>> Fleet::listen(const Surroundings& around, Options options) {
    auto work = std::make_unique<Work>(around, std::move(options));
    const Instant now = around.clock.now();
    http::Tls tls = TRY(tls_of(work->options, now, around.random));
    const Instant until = TRY(crypto::expiry_of(tls.certificate_chain_pem));
    work->renew_at = until - server_certificate_rest_min;
    http::ServerOptions server;
    server.host = work->options.host;
    server.port = work->options.port;
    server.workers = workers;
    server.tls = std::make_unique<http::Tls>(std::move(tls));
    auto listening = http::Server::listen_late(
        std::move(server),
        [&service = work->service](const http::Request& request, const http::Answer& answer) {
            service.answer(request, answer);
        },
        around.log);
    if (!listening)
        return Error{Fault::unavailable, listening.error().message + "; choose another with --agents"};
    work->http = *std::move(listening);
    return std::unique_ptr<Fleet>(new Fleet(std::move(work)));
}

std::uint16_t Fleet::port() const {
    return work_->http->port();
}

Result<void> Fleet::start() {
    TRY(work_->feed.start());
    work_->chores = Thread(chores_thread, work_->around.log, [work = work_.get()] { work->do_chores(); });
    work_->http->start();
    return {};
}

void Fleet::stop() {
    work_->end();
    work_->feed.stop();
    work_->polls.stop();
    work_->http->stop();
}

}  // namespace countersign::agent_api::server
