#include "cli/rds_options.h"

#include "cli/daemon_options.h"
#include "model/options_without_effect.h"
#include "model/rds_quotas.h"

namespace countersign::cli {

namespace {

std::set<std::string> promising_options() {
    std::set<std::string> names = {"final-snapshot"};  // is made in any case
    for (const model::OptionWithoutEffect& option : model::options_without_effect())
        if (option.promise == model::Promise::safety) names.emplace(option.name);
    return names;
}

CLI::Validator is_quota() {
    return CLI::Validator(
        [](const std::string& text) {
            if (model::parse_quota(text)) return std::string();
            std::string names;
            for (const model::Quota& one : model::rds_quotas())
                if (one.is_enforced) names.append(names.empty() ? "" : ", ").append(one.name);
            return text + " is not NAME=NUMBER, with a name of: " + names;
        },
        "NAME=NUMBER");
}

}  // namespace

void add_rds_options(CLI::App& command, ServeOptions& options) {
    command.add_flag("--databases-everywhere", options.databases_everywhere,
                     "databases listen on every address though the endpoints' host is localhost: in a "
                     "container, whose ports are published at the machine's");
    add_daemon_choice<databases::TakenPort>(
        command, "--taken-port", options.taken_port,
        {{"address", databases::TakenPort::address},
         {"other", databases::TakenPort::other},
         {"refuse", databases::TakenPort::refuse}},
        "what a database gets that asks for a port in use: that port at an address of its own (with the "
        "endpoint host localhost: of 127.54.32.0/24), another port, or a refusal");
    command
        .add_option("--database-hosts", options.database_hosts,
                    "further names or addresses of this machine, where databases get the ports they ask for")
        ->delimiter(',');
    command
        .add_option("--accept-without-effect", options.accepted_options,
                    "options of RDS to take though they promise a safety that is not there; a server that "
                    "listens on loopback alone takes all")
        ->delimiter(',')
        ->check(CLI::IsMember(promising_options()));
    command
        .add_option("--rds-quotas", options.rds_quotas,
                    "quotas of RDS that are other than AWS's, as NAME=NUMBER, in each region of an account; "
                    "names as aws rds describe-account-attributes shows them")
        ->delimiter(',')
        ->check(is_quota());
}

}  // namespace countersign::cli
