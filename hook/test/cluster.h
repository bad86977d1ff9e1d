// A throw-away PostgreSQL with TLS and the pg_hba.conf of the design, made by initdb in a temporary directory
// and gone, directory included, with the object. Logins may come from several threads, the rest from one.
#pragma once

#include <sys/types.h>

#include <string>

#include "test/process.h"

namespace countersign::hook::test {

struct Login {
    bool allowed = false;
    std::string session_user;  // of an allowed login
    std::string message;       // libpq's, of a refused one
};

class Cluster {
public:
    Cluster();
    ~Cluster();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    // Empty, or what went wrong while it was made.
    const std::string& trouble() const { return trouble_; }

    int major() const { return major_; }  // of PostgreSQL
    // The longest password that it takes: before 14 a client's answer is a short message.
    size_t password_bytes_max() const { return major_ < 14 ? 995 : 65'530; }

    // Starts the server with these variables in its environment; false when it does not come up.
    bool start(const Words& environment);
    // `pg_ctl stop -m fast`: true when the server has stopped in time.
    bool stop();

    Login log_in(const std::string& user, const std::string& password,
                 const std::string& sslmode = "require");

    // The one value that a statement answers, "" without one, or what libpq says of its failure.
    std::string ask(const std::string& user, const std::string& password, const std::string& sql);

    // A copy of a built library that the server's user can read.
    std::string install(const std::string& library);
    std::string path(const std::string& name) const { return directory_ + "/" + name; }

    // What the server has logged since the last call.
    std::string new_log();

private:
    bool make();
    bool make_certificate();
    bool make_users();
    std::string connection(const std::string& user) const;

    std::string directory_;
    std::string trouble_;
    int major_ = 0;
    int port_ = 0;
    pid_t postmaster_ = -1;
    size_t log_read_ = 0;
};

// How libpq's message of a refused login ends: exactly what RDS shows.
std::string refusal_of(const std::string& user);

// The line of PostgreSQL's log that a complaint of the login hook becomes.
std::string logged(const std::string& complaint);

}  // namespace countersign::hook::test
