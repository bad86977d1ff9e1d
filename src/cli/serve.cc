#include "cli/serve.h"

#include <fmt/format.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "access/access.h"
#include "agent/agent.h"
#include "agent/login_metrics.h"
#include "agent/login_records.h"
#include "base/limits.h"
#include "cli/data_dir.h"
#include "cli/first_start.h"
#include "cli/front.h"
#include "cli/privileges.h"
#include "databases/databases.h"
#include "extension/service.h"
#include "federation/provider_keys.h"
#include "formats/json.h"
#include "gateway/gateway.h"
#include "http/client.h"
#include "http/server.h"
#include "iam/service.h"
#include "rds/service.h"
#include "store/sqlite.h"
#include "sts/service.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned workers = 4;
constexpr std::size_t account_digits = 12;
constexpr auto start_patience = std::chrono::seconds(10);  // for databases, before the API answers

// What is read before root is given up: files that the unprivileged user may not see.
struct FromRoot {
    std::string preload;  // the bytes of libcountersign_pam.so
    std::optional<crypto::SealingKey> sealing;
    std::unique_ptr<http::Tls> tls;
};

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<FromRoot> read_as_root(const ServeOptions& options) {
    FromRoot read;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    auto preload = read_file(program.parent_path() / "libcountersign_pam.so");
    if (!preload)
        preload = read_file(program.parent_path().parent_path() / "lib/countersign/libcountersign_pam.so");
    if (!preload)
        return Error{Fault::unavailable, "libcountersign_pam.so is not beside " + program.string() +
                                             "; without it no token could log in"};
    read.preload = *std::move(preload);
    if (!options.sealing_key.empty()) read.sealing = TRY(crypto::SealingKey::load(options.sealing_key));
    if (!options.tls_certificate.empty()) {
        std::string chain = TRY(read_file(options.tls_certificate));
        std::string key = TRY(read_file(options.tls_key));
        read.tls = std::make_unique<http::Tls>(http::Tls{std::move(chain), Secret(std::move(key))});
    }
    return read;
}

Result<void> check_options(const ServeOptions& options) {
    if (!is_loopback(options.host) && options.tls_certificate.empty())
        return Error{Fault::invalid,
                     fmt::format("--listen {}: an address that is not loopback needs TLS; give "
                                 "--tls-certificate and --tls-key",
                                 options.host)};
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return Error{Fault::invalid, "--tls-certificate and --tls-key go together"};
    const bool digits = std::ranges::all_of(options.account_id, [](char c) { return c >= '0' && c <= '9'; });
    if (!options.account_id.empty() && (options.account_id.size() != account_digits || !digits))
        return Error{Fault::invalid,
                     fmt::format("--account-id {}: an account id has 12 digits", options.account_id)};
    if (options.port_first == 0 || options.port_first > options.port_last)
        return Error{Fault::invalid,
                     "--database-ports FIRST-LAST: the first must not be greater than the last"};
    return {};
}

// What a person's shell says to PostgreSQL's clients (PGSERVICE, PGOPTIONS, …) must not steer this server's
// own sessions with its databases.
void forget_libpq_environment() {
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (const std::string_view text = *entry; text.starts_with("PG"))
            names.emplace_back(text.substr(0, text.find('=')));
    for (const std::string& name : names) ::unsetenv(name.c_str());
}

// The signals that end the server, waited for by the main thread and blocked in every other.
sigset_t block_signals() {
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::sigaddset(&ending, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    return ending;
}

// Everything that runs, built from the ground up and ended in the opposite order.
class Running {
public:
    Running(const ServeOptions& options, DataDir dir, FromRoot read)
        : options_(options), dir_(std::move(dir)), read_(std::move(read)), log_(options.log_level) {}

    Result<void> run(const sigset_t& ending) {
        TRY(open());
        TRY(start());
        TRY(announce());
        int signal = 0;
        ::sigwait(&ending, &signal);
        log_.info("serve.stopping", {{"signal", signal}});
        stop();
        return {};
    }

private:
    Result<void> open() {
        TRY(check_access(dir_.root));
        store_ = TRY(store::open_sqlite(dir_.state()));
        if (read_.sealing)
            sealing_ = std::make_unique<crypto::SealingKey>(*read_.sealing);
        else
            sealing_ = std::make_unique<crypto::SealingKey>(
                TRY(crypto::SealingKey::load_or_create(dir_.sealing_key(), random_)));
        foundation_ = TRY(lay_foundation(*store_, *sealing_, random_, clock_.now(), options_.account_id));
        TRY(publish(foundation_, dir_));
        std::error_code error;
        fs::create_directories(dir_.library().parent_path(), error);
        return write_file(dir_.library(), read_.preload, 0755);
    }

    Result<void> start() {
        principals_ = std::make_unique<access::Principals>(*store_, *sealing_);
        last_used_ = std::make_unique<access::LastUsed>(*store_);
        access_ = std::make_unique<access::Access>(*principals_, *last_used_);
        login_log_ = std::make_unique<agent::LoginLog>(TRY(agent::LoginLog::open(dir_.login_log())));
        audit_ = std::make_unique<agent::Audit>(*login_log_,
                                                std::vector<agent::LoginListener*>{&login_metrics_});
        login_records_ = std::make_unique<agent::LoginRecords>(*principals_);
        agent::Options options;
        options.context = options_.connect_context;
        agent_ = std::make_unique<agent::Agent>(
            agent::Surroundings{*login_records_, clock_, random_, log_, *audit_}, std::move(options));
        TRY(agent_->start());
        TRY(listen());
        TRY(start_databases());
        http_->start();
        return {};
    }

    Result<void> listen() {
        std::vector<gateway::Service> services;
        services.push_back(iam::service({*store_, *sealing_, random_}));
        services.push_back(extension::service({*store_, *sealing_, random_, options_.connect_context}));
        services.push_back(sts::service({*store_, *sealing_, random_, provider_keys_}));
        services.push_back(rds::service({*store_,
                                         *sealing_,
                                         random_,
                                         versions_,
                                         {options_.endpoint_host, options_.port_first, options_.port_last}}));
        gateway_ = std::make_unique<gateway::Gateway>(
            gateway::Gateway::Surroundings{*access_, clock_, random_, log_, metrics_, sealing_.get()},
            std::move(services),
            gateway::GatewayOptions{options_.regions, options_.region, read_.tls != nullptr});
        tls_ = read_.tls != nullptr;
        http::ServerOptions server{options_.host, options_.port, workers, std::move(read_.tls),
                                   [](const http::Request&) { return gateway::Gateway::throttled(); }};
        auto listening = http::Server::listen(
            std::move(server),
            [this](const http::Request& request) {
                return front_page(request, *gateway_, foundation_.authority, metrics_);
            },
            log_);
        if (!listening)
            return Error{Fault::unavailable, listening.error().message + "; choose another with --listen"};
        http_ = *std::move(listening);
        return {};
    }

    Result<void> start_databases() {
        databases::Options options;
        options.dir = dir_.root;
        options.preload = dir_.library();
        options.endpoint_host = options_.endpoint_host;
        options.port_first = options_.port_first;
        options.port_last = options_.port_last;
        options.authority = foundation_.authority;
        options.versions = versions_;
        databases_ = std::make_unique<databases::Databases>(
            databases::Databases::Surroundings{*store_, *sealing_, clock_, random_, log_, *agent_},
            std::move(options));
        TRY(databases_->start());
        databases_->await_started(start_patience);
        return {};
    }

    Result<void> announce() {
        formats::json::object ready;
        ready["listening"] = fmt::format("{}://{}:{}", tls_ ? "https" : "http", options_.host, http_->port());
        ready["region"] = options_.region;
        ready["account"] = foundation_.account;
        ready["data_dir"] = dir_.root.string();
        ready["pid"] = ::getpid();
        ready["version"] = COUNTERSIGN_VERSION;
        const std::string line = formats::json::serialize(ready) + '\n';
        TRY(write_file(dir_.ready(), line, 0600));
        std::fputs(line.c_str(), stdout);
        std::fflush(stdout);
        ::sd_notify(0, "READY=1");
        return {};
    }

    void stop() {
        ::sd_notify(0, "STOPPING=1");
        http_->stop();
        databases_->stop();
        agent_->stop();
        std::error_code ignored;
        fs::remove(dir_.ready(), ignored);
        log_.info("serve.stopped");
    }

    const ServeOptions& options_;
    const DataDir dir_;
    FromRoot read_;
    Log log_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    Metrics metrics_;
    agent::LoginMetrics login_metrics_{metrics_};
    const databases::Versions versions_ = databases::Versions::discover(databases::default_postgres_roots());
    federation::ProviderKeys provider_keys_{
        [](const std::string& url, const std::vector<std::string>& prints) {
            return http::fetch_published({url, prints});
        }};
    bool tls_ = false;
    Foundation foundation_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<crypto::SealingKey> sealing_;
    std::unique_ptr<access::Principals> principals_;
    std::unique_ptr<access::LastUsed> last_used_;
    std::unique_ptr<access::Access> access_;
    std::unique_ptr<agent::LoginLog> login_log_;
    std::unique_ptr<agent::Audit> audit_;
    std::unique_ptr<agent::LoginRecords> login_records_;
    std::unique_ptr<agent::Agent> agent_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<http::Server> http_;
    std::unique_ptr<databases::Databases> databases_;
};

}  // namespace

Result<void> serve(const ServeOptions& options) {
    TRY(check_options(options));
    forget_libpq_environment();
    DataDir dir = TRY(locate_data_dir(options.data_dir));
    const std::optional<RunUser> user = TRY(choose_user(options.user));
    TRY(prepare_directory(dir.root, user));
    FromRoot read = TRY(read_as_root(options));
    if (user) TRY(become(*user));
    const sigset_t ending = block_signals();
    return Running(options, std::move(dir), std::move(read)).run(ending);
}

}  // namespace countersign::cli
