#include "apps/serve/serve.h"

#include <sys/prctl.h>
#include <systemd/sd-daemon.h>

#include <future>

#include "access/access.h"
#include "agent/agent.h"
#include "agent/hba_watch.h"
#include "agent/login_records.h"
#include "agent/sessions/live_sessions.h"
#include "agent/sessions/watch.h"
#include "agent_api/server/fleet.h"
#include "apps/drop_privileges.h"
#include "apps/ending.h"
#include "apps/hba_gauge.h"
#include "apps/serve/aws_sts.h"
#include "apps/serve/bootstrap.h"
#include "apps/serve/ephemeral.h"
#include "apps/serve/hba_events.h"
#include "apps/serve/http_router.h"
#include "apps/serve/isolation.h"
#include "apps/serve/machine_roles.h"
#include "apps/serve/own_certificate.h"
#include "apps/serve/own_region.h"
#include "apps/serve/people.h"
#include "apps/serve/places.h"
#include "apps/serve/preparation.h"
#include "apps/serve/ready_line.h"
#include "apps/serve/stacks.h"
#include "apps/serve/users_on_demand.h"
#include "apps/signals.h"
#include "audit/error_log.h"
#include "audit/forwarder.h"
#include "audit/metrics.h"
#include "base/files.h"
#include "base/limits.h"
#include "cli/libpq_environment.h"
#include "cli/output.h"
#include "client/data_dir.h"
#include "client/host_port.h"
#include "databases/databases.h"
#include "databases/engines/attached/attached.h"
#include "databases/engines/local/local_engine.h"
#include "databases/housekeeping.h"
#include "federation/provider_keys.h"
#include "gateway/gateway.h"
#include "http/client.h"
#include "http/server.h"
#include "services/accessanalyzer/service.h"
#include "services/admin/service.h"
#include "services/cloudformation/service.h"
#include "services/cloudtrail/service.h"
#include "services/cloudwatch/login_metrics_recorder.h"
#include "services/cloudwatch/service.h"
#include "services/ec2/service.h"
#include "services/iam/service.h"
#include "services/rds/db_log_files.h"
#include "services/rds/service.h"
#include "services/secretsmanager/service.h"
#include "store/sqlite.h"

namespace countersign::apps {

namespace {

namespace fs = std::filesystem;

constexpr unsigned api_workers = 4;
constexpr auto databases_patience = std::chrono::seconds(10);  // for databases, before the API answers

// Everything that runs, built from the ground up and ended in the opposite order.
class Running {
public:
    Running(const cli::ServeOptions& options, client::DataDir dir, const Isolated& isolated, FromRoot read)
        : options_(options),
          dir_(std::move(dir)),
          isolated_(isolated),
          read_(std::move(read)),
          log_(options.log_level) {}

    Result<void> run(const sigset_t& ending) {
        TRY(open());
        TRY(start());
        TRY(announce());
        const int signal = wait_for_end(ending, options_.end_with_input);
        log_.info("serve.stopping", {{"signal", signal}});
        stop();
        return {};
    }

private:
    bool tls() const { return read_.tls != nullptr; }
    Result<void> open() {
        TRY(check_access(dir_.root));
        store_ = TRY(store::open_sqlite(dir_.state()));
        if (!read_.sealing)
            read_.sealing = TRY(crypto::SealingKey::load_or_create(dir_.sealing_key(), random_));
        sealing_ = std::make_unique<crypto::SealingKey>(*read_.sealing);
        foundation_ = TRY(init_account(*store_, *sealing_, random_, clock_.now(),
                                       {options_.account_id, read_.administrator}));
        TRY(seal_anew(*store_, *sealing_, random_, log_));
        TRY(publish(foundation_, dir_, options_.region));
        own_certificate_ =
            TRY(OwnCertificate::begin({foundation_.authority, clock_, random_, log_}, options_, read_.tls));
        TRY(make_directory(dir_.library().parent_path()));
        return replace_file(dir_.library(), read_.preload, Durability::synced, 0755);
    }

    Result<void> start() {
        principals_ = std::make_unique<access::Principals>(*store_, *sealing_);
        last_used_ = std::make_unique<access::LastUsed>(*store_);
        access_ = std::make_unique<access::Access>(*principals_, *last_used_);
        TRY(open_audit());
        login_records_ = std::make_unique<agent::LoginRecords>(*principals_);
        agent::Options options = options_.agent;
        options.sessions_file = dir_.sessions();
        if (isolated_.choice.charge.users)
            options.terminate = [this](int pidfd) { return isolated_.warden->signal(pidfd, SIGTERM); };
        agent::Deps deps{*login_records_, clock_, random_, log_, *audit_};
        deps.make_user = users_on_demand_.maker();
        agent_ = std::make_unique<agent::Agent>(deps, std::move(options));
        agent::HbaWatch::Deps watch{*agent_, *audit_, clock_, random_, log_, hba_gauge(metrics_)};
        const agent::HbaWatch::Settings often{"", options_.agent.hba_every};
        hba_watch_ = std::make_unique<agent::HbaWatch>(watch, often);
        agent::tell_earlier_logins(dir_.login_log(), [this](const audit::LoginEntry& earlier) {
            if (earlier.agent.empty()) agent_->remember(earlier);
            hba_watch_->remember(earlier);
            live_sessions_.on_login(earlier);
        });
        TRY(agent_->start());
        live_sessions_.replace("", agent_->live_sessions());
        sessions_watch_ = std::make_unique<agent::SessionsWatch>(
            *store_, agent_->changes(),
            [this](const agent::SessionEnd& order) { agent_->end_sessions(order); }, log_);
        make_engine();
        TRY(listen());
        TRY(start_databases());
        TRY(start_fleet());
        TRY(start_machine_roles());
        housekeeping_.emplace(databases::Housekeeping::Deps{*store_, clock_, log_});
        housekeeping_->start();
        stacks_.emplace(Stacks::Deps{
            {*store_, *sealing_, random_, provider_keys_}, *access_, *dispatcher_, clock_, log_});
        const bool near = client::is_loopback(options_.metrics_host);
        http::Server* const metrics = near ? nullptr : metrics_server_.get();
        if (own_certificate_) own_certificate_->keep_fresh({http_.get(), metrics});
        http_->start();
        return {};
    }

    Result<void> open_audit() {
        forwarders_ = TRY(audit::ship_to(options_.audit_to, log_));
        audit::LoginLogOptions options{options_.login_log_bytes, options_.login_log_files};
        for (const auto& one : forwarders_) options.listeners.push_back(one.get());
        login_metrics_recorder_ =
            std::make_unique<cloudwatch::LoginMetricsRecorder>(series_, dir_.login_minutes(), log_);
        TRY(login_metrics_recorder_->load(dir_.login_log()));
        options.listeners.push_back(login_metrics_recorder_.get());
        options.now = clock_.now();
        login_log_ = std::make_unique<audit::LoginLog>(
            TRY(audit::LoginLog::open(dir_.login_log(), std::move(options))));
        const auto exports = [this](const audit::LoginEntry& of) {
            return rds::exports_auth_errors(*store_, {of.account, of.region, of.database, of.resource_id});
        };
        error_log_ = std::make_unique<audit::ErrorLog>(dir_.database_logs(), exports, log_);
        hba_events_ = std::make_unique<HbaEvents>(HbaEvents::Deps{*store_, clock_, random_, log_});
        audit_ = std::make_unique<audit::Audit>(
            *login_log_, std::vector<audit::LoginListener*>{&login_metrics_, error_log_.get(),
                                                            &live_sessions_, hba_events_.get()});
        return {};
    }

    Result<void> listen() {
        std::vector<gateway::Service> services{
            iam::service({*store_, *sealing_, random_}),
            ec2::service({*store_, random_, [this] { databases_->look_now(); }}),
            cloudwatch::service({series_})};
        const auto outside = [this](const auto& account, auto job) { return outside_.offer(account, job); };
        sts::Deps sts{*store_, *sealing_, random_, provider_keys_, aws_sts(options_.aws_sts, outside)};
        services.push_back(sts::service(sts));
        services.push_back(admin::service({*store_, *sealing_, random_, options_.agent.context, engine_.get(),
                                           fs::absolute(dir_.root), &live_sessions_, options_.attach_accounts,
                                           outside, rds_deps().option_policy, sts}));
        services.push_back(rds::service(rds_deps()));
        services.push_back(secretsmanager::service({*store_, *sealing_, random_}));
        api_events_ = std::make_unique<cloudtrail::ApiEvents>(dir_.api_events(), random_, log_);
        services.push_back(cloudformation::service({*store_, *sealing_, random_}));
        services.push_back(accessanalyzer::service({*store_, engine_.get(), outside}));
        services.push_back(cloudtrail::service({*api_events_, dir_.login_log()}));
        people_ = std::make_unique<People>(People::Deps{options_, std::move(sts), clock_, log_, *api_events_,
                                                        tls(), [this] { return http_->port(); }, outside});
        for (gateway::Service& service : people_->services()) services.push_back(std::move(service));
        dispatcher_ = std::make_unique<gateway::Dispatcher>(
            gateway::Dispatcher::Deps{*access_, clock_, random_, log_, metrics_, sealing_.get(),
                                      api_events_.get()},
            std::move(services), gateway::DispatcherOptions{options_.regions});
        gateway_ = std::make_unique<gateway::Gateway>(*dispatcher_, *access_, log_,
                                                      gateway::GatewayOptions{options_.region, tls()});
        outside_.start(limits::outside_threads);
        people_->start();
        http::ServerOptions server{
            options_.host, options_.port, api_workers, copy_of(read_.tls),
            [](const http::Request& request) { return gateway::Gateway::throttled(request); }};
        auto listening = http::Server::listen_late(
            std::move(server),
            [this](const http::Request& request, const http::Answer& give) { answer(request, give); }, log_);
        if (!listening)
            return Error{Fault::unavailable, listening.error().message + "; choose another with --listen"};
        http_ = *std::move(listening);
        metrics_server_ = TRY(serve_metrics(options_, copy_of(read_.tls), metrics_, log_));
        return {};
    }

    void answer(const http::Request& request, const http::Answer& give) {
        if (auto page = front_page(request, *gateway_, foundation_.authority, metrics_))
            return give(*std::move(page));
        if (!people_->answer(request, give)) gateway_->answer(request, give);
    }

    Result<void> start_fleet() {
        if (options_.agents_host.empty()) return {};
        agent_api::server::Options options;
        options.host = options_.agents_host;
        options.port = options_.agents_port;
        options.endpoint_host = options_.endpoint_host;
        options.authority = foundation_.authority;
        fleet_ = TRY(agent_api::server::Fleet::listen({*store_, *principals_, *audit_, clock_, random_, log_},
                                                      std::move(options)));
        return fleet_->start();
    }

    Result<void> start_machine_roles() {
        if (options_.machine_roles.role.empty()) return {};
        const sts::Deps sts{*store_, *sealing_, random_, provider_keys_};
        machine_roles_ = TRY(MachineRoles::listen(
            {sts, clock_, log_, *api_events_, dir_, foundation_.account, options_.region},
            options_.machine_roles));
        machine_roles_->start();
        return {};
    }

    void make_engine() {
        versions_ = discovering_.get();
        databases::local::Options options{.dir = dir_.root,
                                          .preload = dir_.library(),
                                          .endpoint_host = options_.endpoint_host,
                                          .everywhere = options_.databases_everywhere,
                                          .authority = foundation_.authority,
                                          .versions = *versions_,
                                          .warden = isolated_.warden.get(),
                                          .templates = options_.templates,
                                          .ephemeral = options_.ephemeral};
        using databases::local::LocalEngine;
        engine_ = std::make_unique<LocalEngine>(LocalEngine::Deps{*sealing_, clock_, random_, log_, *agent_},
                                                std::move(options));
    }

    rds::Deps rds_deps() {
        rds::Deps deps{*store_, *sealing_, random_, *versions_, database_places(options_)};
        deps.engine = engine_.get();
        return with_options(options_, dir_, std::move(deps));
    }

    Result<void> start_databases() {
        log_isolation(isolated_.choice, log_);
        using databases::Databases;
        databases_ = std::make_unique<Databases>(Databases::Deps{*store_, *engine_, clock_, random_, log_});
        places_ = TRY(begin_places(*store_, dir_, options_.postgres_socket_dirs, *hba_watch_, log_));
        separate_instances(rds_deps(), log_);
        TRY(databases_->start());
        attached_ = std::make_unique<databases::AttachedWatch>(*store_, "", log_, *places_);
        TRY(attached_->start());
        hba_watch_->start();
        users_on_demand_.start();
        databases_->await_started(databases_patience);
        return {};
    }

    Result<void> announce() {
        ReadyFacts facts{options_, dir_, foundation_.account, tls(), http_->port()};
        if (fleet_ != nullptr) facts.agents_port = fleet_->port();
        if (machine_roles_ != nullptr) facts.metadata_url = machine_roles_->url();
        if (metrics_server_ != nullptr) facts.metrics_port = metrics_server_->port();
        const formats::json::object ready = ready_line(facts);
        TRY(replace_file(dir_.ready(), formats::json::serialize(ready) + '\n'));
        cli::print_json(ready);
        cli::flush_output();
        ::sd_notify(0, "READY=1");
        return {};
    }

    void stop() {
        ::sd_notify(0, "STOPPING=1");
        if (own_certificate_) own_certificate_->stop();
        http_->stop();
        outside_.abandon();
        people_->stop();
        stacks_.reset();
        if (metrics_server_ != nullptr) metrics_server_->stop();
        if (machine_roles_ != nullptr) machine_roles_->stop();
        if (fleet_ != nullptr) fleet_->stop();
        attached_->stop();
        hba_watch_->stop();
        databases_->stop();
        housekeeping_->stop();
        agent_->stop();
        login_metrics_recorder_->finish();
        ::unlink(dir_.ready().c_str());
        log_.info("serve.stopped");
    }

    const cli::ServeOptions& options_;
    const client::DataDir dir_;
    const Isolated& isolated_;
    FromRoot read_;
    Log log_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    telemetry::Metrics metrics_;
    audit::LoginMetrics login_metrics_{metrics_};
    agent::LiveSessions live_sessions_;
    // Every PostgreSQL here is asked for its version while the store is opened.
    std::future<databases::Versions> discovering_ = std::async(std::launch::async, [this] {
        return databases::Versions::discover(databases::default_postgres_roots(options_.postgres_bins));
    });
    std::optional<databases::Versions> versions_;
    federation::ProviderKeys provider_keys_{
        [](const std::string& url, const std::vector<std::string>& prints) {
            return http::fetch_published({url, prints});
        },
        [this](const std::string& account, const auto& job) { return outside_.offer(account, job); }, clock_};
    // For what waits for somebody else's server.
    http::Workers outside_{
        "outside",
        {limits::outside_waiting_max, limits::outside_of_one_max, limits::outside_running_of_one_max},
        log_};
    Foundation foundation_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<crypto::SealingKey> sealing_;
    std::unique_ptr<access::Principals> principals_;
    std::unique_ptr<access::LastUsed> last_used_;
    std::unique_ptr<access::Access> access_;
    std::vector<std::unique_ptr<audit::AuditForwarder>> forwarders_;
    cloudwatch::MetricSeries series_;
    std::unique_ptr<cloudwatch::LoginMetricsRecorder> login_metrics_recorder_;
    std::unique_ptr<audit::LoginLog> login_log_;
    std::unique_ptr<audit::ErrorLog> error_log_;
    std::unique_ptr<HbaEvents> hba_events_;
    std::unique_ptr<audit::Audit> audit_;
    std::unique_ptr<agent::LoginRecords> login_records_;
    std::unique_ptr<agent::Agent> agent_;
    std::unique_ptr<agent::HbaWatch> hba_watch_;
    std::unique_ptr<agent::SessionsWatch> sessions_watch_;
    std::unique_ptr<cloudtrail::ApiEvents> api_events_;
    std::unique_ptr<People> people_;
    std::unique_ptr<gateway::Dispatcher> dispatcher_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<http::Server> http_;
    std::unique_ptr<http::Server> metrics_server_;
    std::unique_ptr<OwnCertificate> own_certificate_;
    std::unique_ptr<databases::local::LocalEngine> engine_;
    std::unique_ptr<databases::Databases> databases_;
    std::unique_ptr<agent_api::server::Fleet> fleet_;
    std::unique_ptr<MachineRoles> machine_roles_;
    std::unique_ptr<agent::Places> places_;
    std::unique_ptr<databases::AttachedWatch> attached_;
    std::optional<databases::Housekeeping> housekeeping_;
    std::optional<Stacks> stacks_;
    UsersOnDemand users_on_demand_{{store_, principals_, agent_, engine_, clock_, log_}};
};

}  // namespace

Result<void> serve(const cli::ServeOptions& wanted) {
    TRY(check_options(wanted));
    cli::ServeOptions options = wanted;
    options.region = TRY(region_of(options));
    TRY(settle_process(options));
    cli::forget_libpq_environment();
    const sigset_t ending = block_ending_signals();
    std::unique_ptr<Ephemeral> ephemeral;
    if (options.ephemeral) ephemeral = TRY(Ephemeral::begin(options));
    client::DataDir dir = TRY(client::locate_data_dir(options.data_dir));
    const std::optional<RunUser> user = TRY(choose_user(options.user, dir.root));
    TRY(prepare_directory(dir.root, user));
    const Isolated isolated = TRY(isolate(options, dir, user));
    if (ephemeral != nullptr) TRY(ephemeral->watch(*isolated.warden, user));
    FromRoot read = TRY(read_as_root(options));
    if (user) TRY(become(*user));
    ::prctl(PR_SET_DUMPABLE, 0);  // keys and passwords in no core file, and no debugger but root's
    if (options.ephemeral) options.templates = kept_templates(user.has_value());
    Result<void> served = Running(options, std::move(dir), isolated, std::move(read)).run(ending);
    const Result<void> cleared = ephemeral != nullptr ? ephemeral->finish() : Result<void>();
    return served ? cleared : served;
}

}  // namespace countersign::apps
