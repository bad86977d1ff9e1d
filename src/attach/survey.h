// What a PostgreSQL server on this host is like, asked through its own unix socket as a superuser, and seen
// on its disk.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "attach/hba_manager.h"
#include "base/result.h"
#include "databases/engines/attached/hba_order.h"
#include "databases/session.h"

namespace countersign::attach {

// How to find the server; one of them is given.
struct ServerAddress {
    std::string socket;   // DIR[:PORT]
    std::string dsn;      // a libpq connection string
    std::string cluster;  // VERSION/NAME of Debian's pg_lsclusters
};

struct Survey {
    std::string version;  // 15.7
    unsigned version_number = 0;
    std::filesystem::path data_directory;  // as the kernel names it
    std::filesystem::path hba_file;        // the file itself, behind any link
    std::filesystem::path config_file;     // as the server names it
    databases::HbaFacts rules;             // that pg_hba.conf has now
    uid_t owner = 0;                       // of its processes
    int postmaster = 0;
    std::string superuser;
    std::string database;  // that was connected to
    std::filesystem::path socket_directory;
    std::uint16_t port = 0;
    std::string listen_addresses;
    bool tls = false;
    bool has_rds_iam = false;
    std::string cluster;  // VERSION/NAME when it is one of Debian's
};

using databases::Rows;
using databases::Session;

// Debian's clusters on this host, as VERSION/NAME; empty where there are none.
std::vector<std::string> debian_clusters();

Result<Session> open_session(const ServerAddress& address);
Result<Survey> survey(const ServerAddress& address, Session& session);

// A local address at which the server listens; Fault::conflict when it listens at none.
Result<std::string> listening_address(const Survey& server);

// What of this host tells who else writes its pg_hba.conf.
HbaSigns hba_signs(const Survey& server);

// Fault::conflict names the line of pg_hba.conf that PostgreSQL does not understand, if there is one.
Result<void> check_rules(Session& session);

// Reads its configuration files again; done when a session that begins later sees it. Nothing is read again
// when pg_hba.conf has an error, and the error says which line.
Result<void> reload(const ServerAddress& address);

}  // namespace countersign::attach
