#include "cli/attach/attach.h"
#include "cli/findings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "attach/checklist.h"
#include "attach/hba_manager.h"
#include "attach/host_files.h"
#include "attach/pam_service.h"
#include "attach/plan.h"
#include "attach/preload.h"
#include "attach/proof.h"
#include "attach/registration.h"
#include "attach/state.h"
#include "attach/survey.h"
#include "base/text.h"
#include "cli/libpq_environment.h"
#include "cli/output.h"
#include "databases/endpoints.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

constexpr unsigned whole_tokens_from = 140000;
constexpr std::string_view rules_are_missing = "RulesAreMissing";  // an Error's code

struct AttachArgs {
    std::string name;
    attach::ServerAddress address;
    std::string agent;
    std::string endpoint;
    std::string engine = "postgres";
    std::string region;
    std::vector<std::string> tags;
    std::string state_directory = attach::default_state_dir().string();
    std::string module_directory;
    attach::PlanWords plan;
    bool dry_run = false;
    bool json = false;
};

// A server that listens everywhere is known by the host's name, one that listens here alone as localhost.
Result<std::string> endpoint_host(const attach::Survey& server) {
    const std::string address = TRY(attach::listening_address(server));
    std::array<char, 256> name{};
    const bool everywhere = server.listen_addresses.find('*') != std::string::npos ||
                            server.listen_addresses.find("0.0.0.0") != std::string::npos;
    if (everywhere && ::gethostname(name.data(), name.size() - 1) == 0) return std::string(name.data());
    return address == "127.0.0.1" ? "localhost" : address;
}

// Everything that one run of `attach` knows.
class Attachment {
public:
    Attachment(attach::Registry registry, AttachArgs words)
        : registry_(std::move(registry)), words_(std::move(words)), states_(words_.state_directory) {}

    Result<void> run() {
        if (!words_.json && !words_.dry_run) list_.follow(print_finding);
        TRY(look());
        std::optional<attach::Registration> known = TRY(registry_.find(words_.name, words_.region));
        if (words_.dry_run) return show_plan(known);
        const attach::Registration registered = TRY(put());
        if (words_.plan.print) return print_rules(registered);
        attach::Changes changes;
        const Result<void> done = attach(registered, changes);
        if (done) return report(registered);
        if (done.error().code == rules_are_missing) return ask_for_rules(registered, done.error());
        const Error error = changes.take_back(done.error());
        if (known || error.code == attach::owner_must_restart) return error;
        const Result<void> forgotten = registry_.remove(registered.name, registered.region);
        if (forgotten) return error;
        return Error{error.fault, fmt::format("{}; and {} is still registered: {}", error.message,
                                              registered.name, forgotten.error().message)};
    }

private:
    Result<void> look() {
        {
            attach::Session session = TRY(attach::open_session(words_.address));
            server_ = TRY(survey(words_.address, session));
            TRY(check_tls());
            TRY(attach::check_on_demand(words_.plan.on_demand, server_));
            TRY(attach::check_rules(session));  // what is broken already is not ours to mend
        }
        note_manager();
        if (words_.region.empty()) words_.region = registry_.target().region;
        list_.good("PostgreSQL " + server_.version,
                   fmt::format("{}, port {}, processes of user id {}", server_.data_directory.string(),
                               server_.port, server_.owner));
        if (server_.version_number < whole_tokens_from)
            list_.warn("token length",
                       fmt::format("PostgreSQL {} reads 995 bytes of a token; those of roles are longer",
                                   server_.version),
                       "use version 14 or later");
        return {};
    }

    void note_manager() {
        manager_ = find_manager(hba_signs(server_));
        if (!manager_) return;
        list_.warn("pg_hba.conf",
                   fmt::format("{} writes it: {}", manager_->manager->name, manager_->evidence),
                   "nothing is written into it; what is needed there is shown");
    }

    Result<void> check_tls() const {
        if (server_.tls) return {};
        return Error{Fault::conflict,
                     "TLS is off, and tokens are refused without it; set ssl = on with ssl_cert_file and "
                     "ssl_key_file in postgresql.conf, reload, and attach again"};
    }

    Result<client::DatabaseEndpoint> endpoint() const {
        if (words_.endpoint.empty()) {
            const std::string host = TRY(endpoint_host(server_));
            return client::DatabaseEndpoint{host, server_.port};
        }
        const auto given = databases::parse_endpoint(words_.endpoint);
        if (given) return client::DatabaseEndpoint{given->host, given->port};
        return Error{Fault::invalid, fmt::format("--endpoint {}: not HOST:PORT", words_.endpoint)};
    }

    Result<attach::RegistrationRequest> wish() const {
        attach::RegistrationRequest wish{words_.name, words_.region, words_.engine, {}, words_.agent};
        wish.endpoint = TRY(endpoint());
        return wish;
    }

    Result<attach::Registration> put() const {
        const attach::RegistrationRequest wished = TRY(wish());
        return registry_.put(wished, server_);
    }

    attach::PlanSite site_of(const attach::Registration& registered) const {
        return {words_.address, server_,     registered,
                states_,        words_.plan, manager_ ? manager_->manager : nullptr};
    }

    Result<attach::Changes> plan_for(const attach::Registration& registered) const {
        std::optional<attach::AttachState> state = TRY(states_.find(words_.name, words_.region));
        return plan(site_of(registered), state.value_or(attach::AttachState()));
    }

    // Databases with users on demand: as wished, or as an earlier run for the same server left them.
    Result<std::vector<std::string>> on_demand(const attach::Registration& registered) const {
        if (!words_.plan.on_demand.databases.empty()) return words_.plan.on_demand.databases;
        const std::optional<attach::AttachState> state = TRY(states_.find(words_.name, words_.region));
        const bool is_its = state && state->resource_id == registered.resource_id;
        return is_its ? state->on_demand : std::vector<std::string>();
    }

    // What has to stand in pg_hba.conf, for whoever writes it.
    Result<std::string> guidance(const attach::Registration& registered) const {
        const attach::HbaManager& manager = manager_ ? *manager_->manager : attach::owner_by_hand();
        const std::string text = TRY(attach::read_host_file(server_.hba_file));
        const std::vector<std::string> databases = TRY(on_demand(registered));
        return attach::hba_guidance(manager, text, attach::block_of(site_of(registered), databases));
    }

    // Lines that somebody else has to write are there, and in force.
    Result<void> verify_rules(const attach::Registration& registered) {
        if (!attach::leaves_rules(site_of(registered))) return {};
        attach::Session session = TRY(attach::open_session(words_.address));
        const databases::HbaFacts facts = TRY(databases::read_hba(session));
        const databases::HbaFinding found = databases::judge_hba(facts, registered.resource_id);
        if (found.state != databases::HbaState::in_order) return rules_missing(found.what);
        const std::vector<std::string> databases = TRY(on_demand(registered));
        const attach::HbaBlock block = attach::block_of(site_of(registered), databases);
        if (const auto database = attach::database_without_line(facts, databases, block.service))
            return rules_missing("no line of pg_hba.conf asks those who are unknown in " + *database +
                                 " for a token");
        TRY(attach::reload(words_.address));
        list_.good("pg_hba.conf", found.what);
        return {};
    }

    static Error rules_missing(const std::string& what) {
        return {
            Fault::conflict,
            fmt::format("not finished: {}. When the lines that are shown stand in pg_hba.conf, attach again",
                        what),
            std::string(rules_are_missing)};
    }

    // What was made so far stays, for the lines name it.
    Result<void> ask_for_rules(const attach::Registration& registered, const Error& error) const {
        TRY(show_rules(registered));
        return error;
    }

    Result<void> show_rules(const attach::Registration& registered) const {
        const std::string text = TRY(guidance(registered));
        if (words_.json)
            print_json(json::object{{"DBInstanceIdentifier", registered.name},
                                    {"DbiResourceId", registered.resource_id},
                                    {"WrittenBy", manager_ ? manager_->manager->name : ""},
                                    {"Guidance", text},
                                    {"Checks", list_.json()}});
        else
            print_lines("\n" + text);
        return {};
    }

    Result<void> print_rules(const attach::Registration& registered) {
        list_.good("registered", fmt::format("{} is {}", registered.name, registered.resource_id));
        TRY(show_rules(registered));
        if (!words_.json)
            print_line(
                "Then run: countersign attach {} (the same without --print). It makes the rest and tries it.",
                registered.name);
        return {};
    }

    Result<void> attach(const attach::Registration& registered, attach::Changes& changes) {
        list_.good("registered", fmt::format("{} is {}", registered.name, registered.resource_id));
        std::vector<std::string> tags = words_.tags;
        if (!words_.plan.on_demand.databases.empty())
            tags.push_back(attach::on_demand_tag_of(words_.plan.on_demand));
        TRY(registry_.tag(registered, tags));
        changes = TRY(plan_for(registered));
        if (changes.empty()) list_.good("attached already", "nothing had to be changed on this host");
        TRY(changes.make(list_));
        TRY(verify_rules(registered));
        const std::vector<std::string> databases = TRY(on_demand(registered));
        return attach::prove(
            {words_.address, server_, registered, databases.empty() ? "" : databases.front()}, registry_,
            list_);
    }

    // What would be called and changed. A server that is not registered yet has no resource id.
    Result<void> show_plan(const std::optional<attach::Registration>& known) const {
        const attach::RegistrationRequest wished = TRY(wish());
        attach::Registration registered{words_.name,
                                        words_.region,
                                        "db-NEW",
                                        {},
                                        wished.endpoint.host,
                                        wished.endpoint.port,
                                        words_.agent,
                                        "/run/countersign/NEW.agent",
                                        {}};
        if (known) registered = *known;
        const attach::Changes changes = TRY(plan_for(registered));
        if (!known)
            print_line("* register {} at {}:{} in {}", words_.name, registered.host, registered.port,
                       words_.region);
        if (known && changes.empty()) print_line("nothing would be changed");
        if (!words_.plan.print) print_lines(changes.text());
        const attach::PlanSite site = site_of(registered);
        const auto found = databases::judge_hba(server_.rules, registered.resource_id);
        if (attach::leaves_rules(site) && found.state != databases::HbaState::in_order) {
            const std::string text = TRY(guidance(registered));
            print_lines(text);
        }
        return {};
    }

    Result<void> report(const attach::Registration& registered) const {
        if (words_.json) {
            print_json(json::object{{"DBInstanceIdentifier", registered.name},
                                    {"DbiResourceId", registered.resource_id},
                                    {"DBInstanceArn", registered.arn},
                                    {"Host", registered.host},
                                    {"Port", registered.port},
                                    {"Checks", list_.json()}});
            return {};
        }
        print_line(
            "{} takes tokens at {}:{} for members of rds_iam. Let somebody in with: GRANT rds_iam TO a_user;",
            registered.name, registered.host, registered.port);
        return {};
    }

    attach::Registry registry_;
    AttachArgs words_;
    attach::StateDir states_;
    attach::Survey server_;
    std::optional<attach::FoundManager> manager_;  // of pg_hba.conf
    attach::Checklist list_;
};

Result<void> check_words(const AttachArgs& words) {
    const int ways = static_cast<int>(!words.address.socket.empty()) +
                     static_cast<int>(!words.address.dsn.empty()) +
                     static_cast<int>(!words.address.cluster.empty());
    if (ways == 1) return {};
    const std::string known = joined(attach::debian_clusters(), ", ");
    return Error{Fault::invalid,
                 fmt::format("say which server, by one of --socket DIR[:PORT], --dsn CONNINFO and --cluster "
                             "VERSION/NAME{}",
                             known.empty() ? "" : " (here: " + known + ")")};
}

Result<void> run_attach(const CommandLine& line, AttachArgs words) {
    TRY(check_words(words));
    if (words.address.dsn.empty()) forget_libpq_environment();
    words.name = lower(words.name);
    words.plan.module_directory = words.module_directory;
    if (words.module_directory.empty())
        words.plan.module_directory = ::geteuid() == 0
                                          ? std::filesystem::path(attach::module_directory_default)
                                          : std::filesystem::path(words.state_directory) / "lib";
    client::ApiTarget target = TRY(client::find_target(line.data_dir, client::process_environment()));
    return Attachment(attach::Registry(std::move(target)), std::move(words)).run();
}

void add_places(CLI::App& command, AttachArgs& words) {
    command.add_option("--socket", words.address.socket, "DIR[:PORT] of the server's unix socket");
    command.add_option("--dsn", words.address.dsn,
                       "a superuser's libpq connection string, through the unix socket");
    command.add_option("--cluster", words.address.cluster, "VERSION/NAME, as Debian's pg_lsclusters has it");
    command.add_option("--agent", words.agent,
                       "name of the `countersign agent` on this host; default: the one inside serve");
    command.add_option("--state-dir", words.state_directory, attach::state_dir_help);
    command.add_option("--module-dir", words.module_directory,
                       "where the login hook is put (default: /usr/local/lib/countersign for root, "
                       "STATE-DIR/lib otherwise)");
}

}  // namespace

void add_attach(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<AttachArgs>();
    CLI::App& command = *app.add_subcommand("attach", "puts a PostgreSQL that runs already under IAM login");
    add_data_dir(command, line);
    command.add_option("name", words->name, "identifier of the DB instance that it becomes")->required();
    add_places(command, *words);
    command.add_option("--endpoint", words->endpoint,
                       "HOST:PORT at which clients find it (default: the address at which it listens)");
    command.add_option("--engine", words->engine, "what describe-db-instances shows")
        ->check(CLI::IsMember({"postgres", "aurora-postgresql"}))
        ->capture_default_str();
    command.add_option("--region", words->region, "region of the DB instance");
    command.add_option("--tag", words->tags, "KEY=VALUE; may be given several times");
    command
        .add_option("--fast", words->plan.fast,
                    "preload: the login hook without PAM; other: a deny-only /etc/pam.d/other on a host that "
                    "serves nothing else")
        ->check(CLI::IsMember({"preload", "other"}));
    command
        .add_option(
            "--users-on-demand", words->plan.on_demand.databases,
            "DATABASE,...: there the user of a token is made at its first login, and whoever comes over "
            "TLS needs a token, unless a line of pg_hba.conf names them")
        ->delimiter(',');
    command
        .add_option("--groups-on-demand", words->plan.on_demand.groups,
                    "GROUP,...: that such users may be made members of (default: none)")
        ->delimiter(',');
    command.add_flag("--restart", words->plan.restart, "restart the server where that is needed");
    command.add_flag("--dry-run", words->dry_run, "show every change and make none");
    command.add_flag("--print", words->plan.print,
                     "register it, change nothing on this host, and show what pg_hba.conf needs and where");
    command.add_flag("--json", words->json, "JSON instead of a checklist");
    command.footer(
        "Run it on the server's host, as root; with --fast=preload the server's own user will do.");
    on_chosen(command, line, [&line, words] { return run_attach(line, *words); });
}

}  // namespace countersign::cli
