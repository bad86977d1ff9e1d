#include "cli/daemon_options.h"

#include <chrono>
#include <string>

namespace countersign::cli {

namespace {

constexpr std::chrono::seconds hba_every_max = std::chrono::days(1);
constexpr std::chrono::seconds session_age_limit = std::chrono::days(365);

}  // namespace

CLI::Validator in_seconds() {
    CLI::AsNumberWithUnit made(std::map<std::string, long>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}},
                               CLI::AsNumberWithUnit::CASE_SENSITIVE);
    return made.description("");
}

void add_agent_options(CLI::App& command, agent::Options& options) {
    command.add_flag("--end-revoked-sessions", options.end_revoked_sessions,
                     "end live sessions that a change of keys, policies or databases would no longer let in");
    command
        .add_option_function<long>(
            "--session-age-max",
            [&options](long seconds) { options.session_age_max = std::chrono::seconds(seconds); },
            "end sessions at this age: 90s, 30m, 8h or 7d")
        ->transform(CLI::Range(1L, static_cast<long>(session_age_limit.count())).description(""))
        ->transform(in_seconds())
        ->type_name("DURATION");
    command
        .add_option_function<long>(
            "--hba-every", [&options](long seconds) { options.hba_every = std::chrono::seconds(seconds); },
            "how often pg_hba.conf of attached servers is looked at")
        ->transform(CLI::Range(1L, static_cast<long>(hba_every_max.count())).description(""))
        ->transform(in_seconds())
        ->type_name("DURATION")
        ->default_str("30s");
    command.add_flag("--aws-throttle", options.aws_throttle,
                     "refuse what is over 200 new tokens a second, as RDS does");
    add_daemon_choice<login::ConnectContext>(
        command, "--connect-context", options.context,
        {{"aws", login::ConnectContext::aws}, {"full", login::ConnectContext::full}},
        "condition keys of a login: aws (as RDS has them) or full (with the network's, aws:SourceIp)");
}

void add_postgres_directories(CLI::App& command, std::vector<std::string>& directories) {
    command
        .add_option("--postgres-socket-dir", directories,
                    "a directory of PostgreSQL's sockets in which servers behind poolers are asked about "
                    "members, and "
                    "attached servers about pg_hba.conf; may be given several times (default: "
                    "/run/postgresql and /var/run/postgresql)")
        ->type_name("DIR");
}

void add_log_level(CLI::App& command, LogLevel& level) {
    add_daemon_choice<LogLevel>(command, "--log-level", level,
                                {{"debug", LogLevel::debug},
                                 {"info", LogLevel::info},
                                 {"warn", LogLevel::warn},
                                 {"error", LogLevel::error}},
                                "how much the server says of itself");
}

}  // namespace countersign::cli
