#include "apps/agent/agent_daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/agent.h"
#include "agent/attached_users.h"
#include "agent/hba_watch.h"
#include "agent/idle_users.h"
#include "agent/places.h"
#include "agent/sessions/live_sessions.h"
#include "agent/sockets.h"
#include "agent/user_maker.h"
#include "agent_api/client/audit_uploader.h"
#include "agent_api/client/control_plane_session.h"
#include "apps/drop_privileges.h"
#include "apps/hba_gauge.h"
#include "apps/signals.h"
#include "audit/metrics.h"
#include "base/text.h"
#include "cli/output.h"
#include "client/data_dir.h"
#include "client/host_port.h"
#include "formats/json.h"
#include "http/server.h"
#include "model/fleet.h"

namespace countersign::apps {

namespace {

namespace fs = std::filesystem;

constexpr auto records_patience =
    std::chrono::seconds(5);  // for the control plane, before it is said to be away

Result<fs::path> locate_state_dir(const std::string& given) {
    if (!given.empty()) return fs::absolute(given).lexically_normal();
    if (::geteuid() == 0) return fs::path("/var/lib/countersign-agent");
    const client::DataDir data = TRY(client::locate_data_dir(""));
    return data.root.parent_path() / "countersign-agent";
}

Result<std::string> locate_run_dir(const cli::AgentOptions& options, const fs::path& state) {
    if (options.run_dir.empty()) {
        std::string below_state = (state / "run").string();
        const bool is_for_all = ::geteuid() == 0 || !model::is_run_directory(below_state);
        return is_for_all ? std::string(model::run_directory_default) : below_state;
    }
    std::string run = fs::absolute(options.run_dir).lexically_normal().string();
    if (model::is_run_directory(run)) return run;
    return Error{Fault::invalid,
                 fmt::format("--run-dir {}: sockets need an absolute path of at most 88 letters, digits and "
                             "-_./",
                             run)};
}

// The servers' processes look for their sockets there. Below /run nothing outlives a restart of the machine.
Result<void> prepare_run_dir(const fs::path& run, const std::optional<RunUser>& user) {
    std::error_code error;
    if (fs::exists(run, error)) return {};
    TRY(prepare_directory(run, user));
    fs::permissions(run, fs::perms(0755), error);
    return {};
}

std::string host_name() {
    std::array<char, 256> machine{};
    ::gethostname(machine.data(), machine.size() - 1);
    return lower(machine.data());
}

// The identity of the state directory, enrolled with the token where there is none yet, or where the token is
// another one than it was enrolled with.
Result<agent_api::client::Identity> identify(const cli::AgentOptions& options, const fs::path& state,
                                             Instant now) {
    std::optional<agent_api::client::Identity> known = TRY(agent_api::client::load_identity(state));
    if (known && !options.control_plane.empty()) known->control_plane = options.control_plane;
    if (options.token.empty()) {
        if (known) return *std::move(known);
        return Error{Fault::invalid,
                     "this host is not enrolled; make a token at the control plane with `countersign "
                     "agent-token`, and give it with --token and --control-plane HOST:PORT"};
    }
    agent_api::client::Enrolment enrolment;
    enrolment.token = TRY(agent_api::client::read_enrolment_token(options.token));
    if (known && known->enrolled_with == agent_api::client::digest_of(enrolment.token))
        return *std::move(known);
    enrolment.control_plane = options.control_plane;
    enrolment.name = options.name.empty() ? host_name() : options.name;
    if (enrolment.control_plane.empty())
        return Error{Fault::invalid, "--token needs --control-plane HOST:PORT"};
    agent_api::client::Identity identity = TRY(agent_api::client::enrol(enrolment, now));
    TRY(agent_api::client::save_identity(state, identity));
    return identity;
}

// A server's socket belongs to whom its processes run as: root hands it over.
class SocketOwner : public databases::Observer {
public:
    SocketOwner(databases::Observer& next, const Log& log) : next_(next), log_(log) {}

    void server_up(const databases::ServerView& server) override {
        next_.server_up(server);
        if (::geteuid() != 0) return;
        if (const auto given = agent::give_socket(server.agent_socket, server.owner); !given)
            log_.error("agent.socket_owner",
                       {{"database", server.identifier}, {"reason", given.error().message}});
    }
    void server_down(std::string_view resource_id) override { next_.server_down(resource_id); }
    void login_refused(const databases::RefusedLogin& login) override { next_.login_refused(login); }
    void log_lost(std::string_view resource_id, std::uint64_t bytes) override {
        next_.log_lost(resource_id, bytes);
    }

private:
    databases::Observer& next_;
    const Log& log_;
};

// Everything that runs, built from the ground up and ended in the opposite order.
class RunningAgent {
public:
    RunningAgent(const cli::AgentOptions& options, fs::path state, agent_api::client::Identity identity)
        : options_(options),
          state_(std::move(state)),
          name_(identity.name),
          log_(options.log_level),
          control_(std::move(identity)) {}

    Result<void> run(const sigset_t& ending) {
        TRY(build());
        // What the audit says already: tokens that are good for one login stay used.
        agent::tell_earlier_logins(state_ / "login.log", [this](const audit::LoginEntry& earlier) {
            agent_->remember(earlier);
            hba_watch_->remember(earlier);
        });
        TRY(agent_->start());
        shipping_->start();
        link_->start(records_patience);
        hba_watch_->start();
        idle_users_->start();
        TRY(serve_metrics());
        announce();
        int signal = 0;
        ::sigwait(&ending, &signal);
        log_.info("agent.stopping", {{"signal", signal}});
        stop();
        return {};
    }

private:
    Result<void> build() {
        records_ = std::make_unique<agent_api::client::CachedRecords>(
            agent_api::client::CachedRecords::Deps{
                [this](const agent_api::RecordRequest& wanted) { return control_.record(wanted); }, clock_,
                agent_api::client::uptime},
            options_.stale_for);
        shipping_ = TRY(agent_api::client::AuditUploader::open(
            state_ / "unshipped.jsonl",
            [this](const agent_api::LoginsRequest& lines) { return control_.deliver(lines); }, log_));
        audit::LoginLogOptions log_options;
        log_options.now = clock_.now();
        login_log_ = std::make_unique<audit::LoginLog>(
            TRY(audit::LoginLog::open(state_ / "login.log", std::move(log_options))));
        audit_ = std::make_unique<audit::Audit>(
            *login_log_, std::vector<audit::LoginListener*>{&login_metrics_, shipping_.get()});
        agent::Options options = options_.agent;
        options.name = name_;
        options.sessions_file = state_ / "sessions.json";
        agent::Deps deps{*records_, clock_, random_, log_, *audit_};
        deps.make_user = [this](const auto& server, const auto& wish) { return make_user_(server, wish); };
        agent_ = std::make_unique<agent::Agent>(deps, std::move(options));
        owner_ = std::make_unique<SocketOwner>(*agent_, log_);
        hba_watch_ = std::make_unique<agent::HbaWatch>(
            agent::HbaWatch::Deps{*owner_, *audit_, clock_, random_, log_, hba_gauge(metrics_)},
            agent::HbaWatch::Settings{name_, options_.agent.hba_every});
        const agent::PlaceSettings settings{options_.run_dir, options_.postgres_socket_dirs};
        places_ = std::make_unique<agent::Places>(
            settings,
            TRY(agent::take_over(state_ / "places.json", settings,
                                 agent_api::client::servers_known_in(state_))),
            *hba_watch_, log_);
        places_->tidy();
        link_ = std::make_unique<agent_api::client::ControlPlaneSession>(
            agent_api::client::ControlPlaneSession::Deps{
                control_, *records_, *places_, [this] { agent_->changes().notify(); },
                [this](const agent::SessionEnd& order) { agent_->end_sessions(order); }, clock_, log_,
                options_.run_dir},
            state_);
        idle_users_ = std::make_unique<agent::IdleUsers>(agent::IdleUsers::Deps{
            [this] { return users_are_due(); }, [this] { return agent_->servers(); }, agent::attached_users,
            [this](const databases::ServerView& server, const std::vector<std::string>& users) {
                return control_.idle_users(server.resource_id, users);
            },
            agent::retire_attached_user, log_});
        return {};
    }

    // Where the control plane told of no change since, nobody can have lost the last who may be a user.
    bool users_are_due() {
        const std::int64_t revision = link_->revision();
        const bool asked = make_user_.was_asked();
        return std::exchange(looked_at_, revision) != revision || asked;
    }

    Result<void> serve_metrics() {
        if (options_.metrics.empty()) return {};
        const client::HostPort where = TRY(client::read_host_port(options_.metrics, "--metrics"));
        if (!client::is_loopback(where.host))
            return Error{
                Fault::invalid,
                fmt::format("--metrics {}: figures are served to this host alone; say 127.0.0.1:PORT",
                            options_.metrics)};
        http::ServerOptions server;
        server.host = where.host;
        server.port = where.port;
        server.workers = 1;
        metrics_server_ = TRY(http::Server::listen(
            std::move(server), [this](const http::Request& request) { return metrics_page(request); }, log_));
        metrics_server_->start();
        return {};
    }

    http::Response metrics_page(const http::Request& request) const {
        if (request.method != "GET" || request.path() != "/metrics") return {404, {}, "see /metrics\n"};
        return {200, {{"Content-Type", "text/plain; version=0.0.4"}}, metrics_.text() + figures()};
    }

    std::string figures() const {
        const agent_api::client::CachedRecords::State records = records_->state();
        const agent_api::client::AuditUploader::State shipping = shipping_->state();
        const auto seconds = [](auto length) { return std::chrono::duration<double>(length).count(); };
        const agent_api::client::Identity identity = control_.identity();
        std::string text;
        const auto add = [&](std::string_view name, std::string_view help, double value) {
            text += fmt::format(
                "# HELP countersign_agent_{0} {1}\n# TYPE countersign_agent_{0} gauge\n"
                "countersign_agent_{0} {2}\n",
                name, help, value);
        };
        add("contact_age_seconds", "Since the control plane was heard last; NaN: not yet",
            records.silence ? seconds(*records.silence) : std::numeric_limits<double>::quiet_NaN());
        add("records_usable", "1 while login records that are held may be used", records.fresh ? 1 : 0);
        add("records", "Login records held", static_cast<double>(records.records));
        add("servers", "Servers that this agent answers for", static_cast<double>(link_->servers()));
        add("watch_revision", "Revision of the control plane's store that was heard last",
            static_cast<double>(link_->revision()));
        add("unshipped_bytes", "Audit lines that the control plane does not have yet",
            static_cast<double>(shipping.waiting_bytes));
        add("unshipped_lost_lines", "Audit lines that found no room to wait; they are in login.log",
            static_cast<double>(shipping.left_out));
        add("certificate_rest_seconds", "Until this agent's certificate ends",
            seconds(identity.until - clock_.now()));
        return text;
    }

    void announce() {
        formats::json::object ready;
        ready["agent"] = name_;
        ready["control_plane"] = control_.identity().control_plane;
        ready["reachable"] = records_->state().fresh;
        ready["servers"] = link_->servers();
        ready["state_dir"] = state_.string();
        if (metrics_server_) ready["metrics_port"] = metrics_server_->port();
        ready["pid"] = ::getpid();
        ready["version"] = COUNTERSIGN_VERSION;
        cli::print_json(ready);
        cli::flush_output();
        ::sd_notify(0, "READY=1");
    }

    void stop() {
        ::sd_notify(0, "STOPPING=1");
        if (metrics_server_) metrics_server_->stop();
        agent_->stop();
        link_->stop();  // and every call to the control plane
        idle_users_.reset();
        hba_watch_->stop();
        shipping_->stop();
        log_.info("agent.stopped");
    }

    const cli::AgentOptions& options_;
    const fs::path state_;
    const std::string name_;
    Log log_;
    SystemClock clock_;
    crypto::SystemRandom random_;
    telemetry::Metrics metrics_;
    audit::LoginMetrics login_metrics_{metrics_};
    agent_api::client::ControlPlane control_;
    std::unique_ptr<agent_api::client::CachedRecords> records_;
    std::unique_ptr<agent_api::client::AuditUploader> shipping_;
    std::unique_ptr<audit::LoginLog> login_log_;
    std::unique_ptr<audit::Audit> audit_;
    agent::UserMaker make_user_{agent::make_attached_user};
    std::unique_ptr<agent::Agent> agent_;
    std::unique_ptr<SocketOwner> owner_;
    std::unique_ptr<agent::HbaWatch> hba_watch_;
    std::unique_ptr<agent::Places> places_;
    std::unique_ptr<agent_api::client::ControlPlaneSession> link_;
    std::unique_ptr<http::Server> metrics_server_;
    std::int64_t looked_at_ = 0;  // revision of the last look at users
    std::unique_ptr<agent::IdleUsers> idle_users_;
};

}  // namespace

Result<void> run_agent(cli::AgentOptions options) {
    if (!options.name.empty() && !model::is_agent_name(options.name))
        return Error{
            Fault::invalid,
            fmt::format("--name {}: 1 to 40 lower-case letters, digits, hyphens and dots", options.name)};
    fs::path state = TRY(locate_state_dir(options.state_dir));
    std::optional<RunUser> user;
    if (!options.user.empty()) user = TRY(choose_user(options.user, state));
    TRY(prepare_directory(state, user));
    options.run_dir = TRY(locate_run_dir(options, state));
    TRY(prepare_run_dir(options.run_dir, user));
    if (user) TRY(become(*user));
    TRY(check_access(state));
    // Keys of the day are in memory: no core file, and no debugger but root's.
    ::prctl(PR_SET_DUMPABLE, 0);
    const sigset_t ending = block_ending_signals();
    agent_api::client::Identity identity = TRY(identify(options, state, SystemClock().now()));
    return RunningAgent(options, std::move(state), std::move(identity)).run(ending);
}

}  // namespace countersign::apps
