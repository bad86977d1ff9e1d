#include "test/cluster.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace countersign::hook::test {
namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

constexpr int start_attempts_max = 5;  // another program may take the free port first
constexpr auto start_wait_max = std::chrono::seconds(60);
constexpr auto start_look_every = std::chrono::milliseconds(20);

constexpr const char* configuration = R"(
listen_addresses = '127.0.0.1'
ssl = on
ssl_cert_file = '../server.crt'
ssl_key_file = '../server.key'
fsync = off
shared_buffers = 16MB
max_connections = 30
password_encryption = 'scram-sha-256'
log_line_prefix = '[%e] '
lc_messages = 'C'
)";

// The lines that Countersign writes, and above them some that it would not: the tests need to see what is
// reported about a connection that those refuse.
constexpr const char* access_lines = R"(
local     all   rdsadmin          peer map=rdsadmin
hostnossl all   plain       all   pam pamservice=countersign
hostssl   all   stranger    all   pam pamservice=countersign
hostssl   all   elsewhere   all   pam pamservice=countersign-elsewhere
hostnossl all   +rds_iam    all   reject
hostssl   all   +rds_iam    all   pam pamservice=countersign
hostssl   all   all         all   scram-sha-256
host      all   all         all   scram-sha-256
)";

constexpr const char* users = R"(
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE app LOGIN IN ROLE rds_iam;
CREATE ROLE plain LOGIN IN ROLE rds_iam;
CREATE ROLE team NOLOGIN IN ROLE rds_iam;
CREATE ROLE nested LOGIN NOINHERIT IN ROLE team;
CREATE ROLE stranger LOGIN;
CREATE ROLE elsewhere LOGIN;
CREATE ROLE clerk LOGIN PASSWORD 'correct horse';
CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE master LOGIN PASSWORD 'correct horse' IN ROLE rds_superuser;
GRANT CREATE ON DATABASE postgres TO clerk, master;
)";

std::string program(const std::string& name) {
    const char* const chosen = std::getenv("COUNTERSIGN_PG_BIN");
    return std::string(chosen != nullptr ? chosen : COUNTERSIGN_PG_BIN) + "/" + name;
}

int free_port() {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool found = bind(probe, any, size) == 0 && getsockname(probe, any, &size) == 0;
    close(probe);
    return found ? ntohs(address.sin_port) : 0;
}

std::string own_name() {
    const passwd* const own = getpwuid(geteuid());
    return own == nullptr ? "root" : own->pw_name;
}

// True when the server answers, false when it has ended or the time is up.
bool comes_up(pid_t postmaster, const std::string& connection) {
    const auto end = std::chrono::steady_clock::now() + start_wait_max;
    while (std::chrono::steady_clock::now() < end) {
        if (PQping(connection.c_str()) == PQPING_OK) return true;
        if (waitpid(postmaster, nullptr, WNOHANG) != 0) return false;
        std::this_thread::sleep_for(start_look_every);
    }
    kill(postmaster, SIGQUIT);
    wait_for(postmaster);
    return false;
}

struct Client {
    std::string user;
    std::string password;
    std::string sslmode;
    std::string no_file;
};

Connection connect(int port, const Client& client) {
    const std::string number = std::to_string(port);
    const std::pair<const char*, const char*> settings[] = {{"host", "127.0.0.1"},
                                                            {"port", number.c_str()},
                                                            {"dbname", "postgres"},
                                                            {"user", client.user.c_str()},
                                                            {"password", client.password.c_str()},
                                                            {"passfile", client.no_file.c_str()},
                                                            {"sslmode", client.sslmode.c_str()},
                                                            {"gssencmode", "disable"},
                                                            {"connect_timeout", "60"},
                                                            {nullptr, nullptr}};
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : settings) {
        names.push_back(name);
        values.push_back(value);
    }
    return Connection(PQconnectdbParams(names.data(), values.data(), 0), PQfinish);
}

}  // namespace

Cluster::Cluster() {
    std::string name = std::filesystem::temp_directory_path() / "countersign-XXXXXX";
    directory_ = mkdtemp(name.data());
    give_to_server_user(directory_);
    if (!make()) trouble_ = "cannot make a cluster: " + read_file(path("log"));
}

Cluster::~Cluster() {
    if (postmaster_ > 0 && !stop()) {
        kill(postmaster_, SIGQUIT);
        wait_for(postmaster_);
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

bool Cluster::make() {
    const Words initdb = {program("initdb"), "-D",        path("data"), "-U",
                          "rdsadmin",        "--no-sync", "-A",         "reject"};
    if (run(initdb, path("log")) != 0 || !make_certificate()) return false;
    std::ifstream(path("data/PG_VERSION")) >> major_;
    write_file(path("data/pg_hba.conf"), access_lines);
    write_file(path("data/pg_ident.conf"), "rdsadmin " + own_name() + " rdsadmin\n");
    write_file(path("data/postgresql.auto.conf"),
               std::string(configuration) + "unix_socket_directories = '" + directory_ + "'\n");
    return start({}) && make_users() && stop();
}

bool Cluster::make_certificate() {
    return run({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", path("server.key"), "-out",
                path("server.crt")},
               path("log")) == 0;
}

bool Cluster::make_users() {
    const Connection connection(PQconnectdb(this->connection("rdsadmin").c_str()), PQfinish);
    const Rows rows(PQexec(connection.get(), users), PQclear);
    return PQresultStatus(rows.get()) == PGRES_COMMAND_OK;
}

std::string Cluster::connection(const std::string& user) const {
    return "dbname=postgres host=" + directory_ + " port=" + std::to_string(port_) + " user=" + user;
}

bool Cluster::start(const Words& environment) {
    Words variables = environment;
    variables.insert(variables.end(), {"PATH=/usr/bin:/bin", "LC_ALL=C"});
    for (int attempt = 0; attempt < start_attempts_max; ++attempt) {
        port_ = free_port();
        postmaster_ = launch({program("postgres"), "-D", path("data"), "-p", std::to_string(port_)},
                             variables, path("log"));
        if (comes_up(postmaster_, connection("rdsadmin"))) return true;
        postmaster_ = -1;
    }
    return false;
}

bool Cluster::stop() {
    if (run({program("pg_ctl"), "stop", "-D", path("data"), "-m", "fast"}, path("log")) != 0) return false;
    wait_for(postmaster_);
    postmaster_ = -1;
    return true;
}

Login Cluster::log_in(const std::string& user, const std::string& password, const std::string& sslmode) {
    const Connection connection = connect(port_, {user, password, sslmode, path("no-password-file")});
    if (PQstatus(connection.get()) != CONNECTION_OK) return {false, "", PQerrorMessage(connection.get())};
    const Rows rows(PQexec(connection.get(), "SELECT session_user"), PQclear);
    if (PQntuples(rows.get()) != 1) return {false, "", PQerrorMessage(connection.get())};
    return {true, PQgetvalue(rows.get(), 0, 0), ""};
}

std::string Cluster::ask(const std::string& user, const std::string& password, const std::string& sql) {
    const Connection connection = connect(port_, {user, password, "require", path("no-password-file")});
    const Rows rows(PQexec(connection.get(), sql.c_str()), PQclear);
    const bool answered = PQresultStatus(rows.get()) == PGRES_TUPLES_OK;
    if (answered) return PQntuples(rows.get()) == 1 ? PQgetvalue(rows.get(), 0, 0) : "";
    return PQresultStatus(rows.get()) == PGRES_COMMAND_OK ? "" : PQerrorMessage(connection.get());
}

std::string Cluster::install(const std::string& library) {
    std::string copy = path(std::filesystem::path(library).filename());
    std::filesystem::copy_file(library, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(copy, std::filesystem::perms(0755));
    give_to_server_user(copy);
    return copy;
}

std::string refusal_of(const std::string& user) {
    return "failed: FATAL:  PAM authentication failed for user \"" + user + "\"\n";
}

std::string logged(const std::string& complaint) {
    return "error from underlying PAM layer: countersign: " + complaint + "\n";
}

std::string Cluster::new_log() {
    std::string log = read_file(path("log"));
    const size_t from = log_read_;
    log_read_ = log.size();
    return log.substr(from);
}

}  // namespace countersign::hook::test
