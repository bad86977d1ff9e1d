// What others may know about a server, and hear of it. Values, and the interface of who listens.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::databases {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

enum class Kind { cluster, instance, pooler };

// Where PostgreSQL's own socket is, and the port in its name.
struct ServerSocket {
    std::filesystem::path directory;
    std::uint16_t port = 0;
    friend bool operator==(const ServerSocket&, const ServerSocket&) = default;
};

// What others may know about a server. `rdsadmin` is a superuser that this process's own user becomes through
// the socket directory.
struct ServerView {
    std::string resource_id;    // cluster-…, db-… or prx-…: what policies name
    std::string home = {};      // tells a cluster's servers apart; empty: it is no cluster's
    std::string instance = {};  // of a cluster's server: the identifier of its instance
    std::string account;
    std::string region;
    Kind kind = Kind::cluster;
    std::string identifier;  // of the cluster or instance, as its owner named it
    std::vector<Endpoint> endpoints;
    bool iam_enabled = false;
    std::vector<model::Tag> tags;  // of the cluster or instance
    std::string master_username;
    std::filesystem::path data_directory;
    unsigned owner = 0;                      // user id of its processes
    bool sole_owner = false;                 // and of no other server's
    std::filesystem::path agent_socket;      // where the server's logins are asked about
    std::filesystem::path socket_directory;  // PostgreSQL's own socket is there; empty: it may not be asked
    std::uint16_t socket_port = 0;           // in that socket's name; endpoints may have others
    bool fronts_ours = false;                // of a pooler: Countersign runs the server behind it
    std::vector<ServerSocket> further_sockets =
        {};  // of a pooler: asked in turn where none answers at that one
    friend bool operator==(const ServerView&, const ServerView&) = default;
    const std::string& key() const { return home.empty() ? resource_id : home; }  // of this server alone
};

// Why PostgreSQL itself refused a login, as far as its log tells.
enum class RefusalCause {
    other,
    no_tls,          // a connection without TLS that no line of pg_hba.conf allows
    password,        // a wrong password, or a user that is unknown
    pam_refused,     // the agent, or the module in its name, said no
    pam_no_service,  // PAM refused and Countersign's module never spoke: it is not loaded
    oversized,       // a token longer than PostgreSQL reads
    network,         // no rule of the database's security groups admits the address
};

struct RefusedLogin {
    std::string server;  // the key of its view
    RefusalCause cause = RefusalCause::other;
    std::string user;
    std::string database;
    std::string host;
    std::uint16_t port = 0;  // of the client; 0 over a socket
    int pid = 0;
    Instant time;
    std::string message;  // PostgreSQL's own
    std::string reason;   // what Countersign's module told PostgreSQL about it; may be empty
};

// Hears of servers. Called from the threads of Databases, several at once; must not call Databases back.
class Observer {
public:
    virtual ~Observer() = default;
    // Before PostgreSQL accepts connections, and again when a fact of the view changes.
    virtual void server_up(const ServerView& server) = 0;
    virtual void server_down(std::string_view server) = 0;  // the key of its view
    virtual void login_refused(const RefusedLogin& login) = 0;
    // So much of a server's log was removed before it was read; refusals of its own may have stood there.
    virtual void log_lost(std::string_view server, std::uint64_t bytes) = 0;
};

}  // namespace countersign::databases
