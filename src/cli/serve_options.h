// countersign serve: control plane, agent and databases in one process.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/options.h"
#include "agent/places.h"
#include "base/log.h"
#include "base/result.h"
#include "databases/isolation/user_range.h"
#include "databases/ports.h"
#include "login/verdict.h"

namespace countersign::cli {

struct MachineRolesOptions {
    std::string role;  // name or ARN; empty: nothing is offered
    std::string host = "127.0.0.1";
    std::uint16_t port = 7071;
};

// AWS's STS, where identities of AWS are let in.
struct AwsStsOptions {
    std::vector<std::string> urls;  // asked beside AWS's own
    std::string ca_bundle;          // PEM file for these; empty: the machine's own
};

struct ServeOptions {
    std::string data_dir;         // empty: the default
    bool ephemeral = false;       // a directory of its own, which goes with the server
    bool end_with_input = false;  // it ends when standard input does
    std::string templates;        // where an ephemeral server finds its databases' templates; empty: nowhere
    std::string host = "127.0.0.1";
    std::uint16_t port = 7070;      // 0: any free one
    std::string region;             // empty: that of the start before
    std::set<std::string> regions;  // those that are served; empty: all
    std::vector<std::string>
        postgres_bins;             // directories of PostgreSQL's programs, beside the distribution's
    std::string managed_policies;  // file of AWS's managed policies; empty: the program's own
    std::string account_id;        // empty: a random one at the first start
    std::string endpoint_host = "localhost";
    std::uint16_t port_first = 15432;  // of the databases
    std::uint16_t port_last = 15931;
    bool any_database_ports = false;  // an ephemeral server chooses them itself
    databases::TakenPort taken_port = databases::TakenPort::address;
    std::vector<std::string> database_hosts;  // for databases that ask for a port of their own choice
    std::set<std::string, std::less<>> accepted_options;  // without effect, though they promise safety
    std::vector<std::string> rds_quotas;                  // NAME=NUMBER, of model/rds_quotas
    std::string user;  // whom root becomes; empty: countersign, postgres or nobody
    databases::isolation::UserRange database_users;  // of the databases, when root starts it
    std::string sealing_key;                         // file; empty: sealing.key in the data directory
    std::string tls_certificate;                     // PEM files for an address that is not loopback
    std::string tls_key;
    std::vector<std::string> tls_names;  // of a certificate of the own authority; empty: there is none
    bool without_tls = false;            // the API on an address that is not loopback
    bool databases_everywhere = false;   // they listen on every address, whatever their endpoints' host
    std::string administrator_key;       // file; empty: a random key
    std::string metrics_host;            // of the address of /metrics with all names; empty: there is none
    std::uint16_t metrics_port = 0;
    std::string agents_host;  // of the listener for agents of other hosts; empty: there is none
    std::uint16_t agents_port = 0;
    std::set<std::string> attach_accounts;  // whose servers the agent inside takes, beside the first account
    std::vector<std::string> postgres_socket_dirs = agent::postgres_directories_default;
    MachineRolesOptions machine_roles;
    AwsStsOptions aws_sts;
    std::vector<std::string> console_names;  // by which a browser may know this server besides
    std::uint64_t login_log_bytes = std::uint64_t{64} * 1024 * 1024;  // of one file of the audit
    std::size_t login_log_files = 16;                                 // that are kept; 0: all
    std::vector<std::string> audit_to;                                // audit::make_sink()'s destinations
    agent::Options agent;                                             // of the agent inside
    LogLevel log_level = LogLevel::info;
};

}  // namespace countersign::cli
