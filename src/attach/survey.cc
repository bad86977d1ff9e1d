#include "attach/survey.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "attach/effective_user.h"
#include "attach/host_files.h"
#include "base/deadline.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto program_patience = 10s;
constexpr auto reload_patience = 10s;
constexpr auto reload_poll = 10ms;
constexpr std::uint16_t port_default = 5432;
constexpr unsigned oldest_version = 120000;
constexpr std::size_t ancestors_max = 16;

struct Socket {
    std::string directory;
    std::uint16_t port = port_default;
};

Result<Socket> parse_socket(const std::string& text) {
    Socket socket{text, port_default};
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos) {
        const auto port = parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
        if (!port) return Error{Fault::invalid, fmt::format("--socket {}: not DIR[:PORT]", text)};
        socket = {text.substr(0, colon), *port};
    }
    if (socket.directory.starts_with('/')) return socket;
    return Error{Fault::invalid, fmt::format("--socket {}: the directory is not absolute", text)};
}

// Ver Cluster Port Status Owner Data-directory Log-file
struct DebianCluster {
    std::string version, name, port, status;
    std::string text() const { return version + '/' + name; }
};

std::vector<DebianCluster> list_debian() {
    const Result<std::string> listed = run({"/usr/bin/pg_lsclusters", {"-h"}}, program_patience);
    std::vector<DebianCluster> clusters;
    if (!listed) return clusters;
    std::istringstream lines(*listed);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        DebianCluster one;
        if (words >> one.version >> one.name >> one.port >> one.status) clusters.push_back(one);
    }
    return clusters;
}

Result<Socket> socket_of_cluster(const std::string& wanted) {
    const std::vector<DebianCluster> clusters = list_debian();
    const auto found = std::ranges::find(clusters, wanted, &DebianCluster::text);
    if (found == clusters.end()) {
        std::vector<std::string> names;
        names.reserve(clusters.size());
        for (const DebianCluster& one : clusters) names.push_back(one.text());
        return Error{Fault::not_found, fmt::format("--cluster {}: pg_lsclusters knows {}", wanted,
                                                   names.empty() ? "none" : joined(names, ", "))};
    }
    if (!found->status.starts_with("online"))
        return Error{Fault::conflict,
                     fmt::format("cluster {} is {}; start it with: pg_ctlcluster {} {} start", wanted,
                                 found->status, found->version, found->name)};
    const std::string shown = TRY(
        run({"/usr/bin/pg_conftool", {"-s", found->version, found->name, "show", "unix_socket_directories"}},
            program_patience));
    const std::string_view first = trimmed(std::string_view(shown).substr(0, shown.find(',')));
    return Socket{std::string(first), parse_number<std::uint16_t>(found->port).value_or(port_default)};
}

Result<uid_t> owner_of(const fs::path& file) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) == 0) return facts.st_uid;
    return Error{Fault::not_found,
                 fmt::format("there is no PostgreSQL at {}; say where with --socket DIR[:PORT], --dsn or "
                             "--cluster VERSION/NAME",
                             file.string())};
}

const Session::Parameters common{
    {"gssencmode", "disable"},
    {"options", std::string(databases::trusted_names) + " -c statement_timeout=30s -c lock_timeout=10s"},
    {"connect_timeout", "5"},
    {"client_encoding", "UTF8"},
    {"application_name", "countersign attach"}};

// As the user whose processes the server has: by the rules that PostgreSQL comes with, that user is let in.
Result<Session> open_socket(const Socket& socket) {
    const fs::path file = fs::path(socket.directory) / fmt::format(".s.PGSQL.{}", socket.port);
    const uid_t owner = TRY(owner_of(file));
    const EffectiveUser as(owner);
    if (!as.is(owner))
        return Error{Fault::denied, fmt::format("run this as root or as {}", user_name_of(owner))};
    Session::Parameters parameters = common;
    parameters.insert(parameters.begin(), {{"host", socket.directory},
                                           {"port", std::to_string(socket.port)},
                                           {"user", user_name_of(owner)},
                                           {"dbname", "postgres"}});
    Result<Session> session = Session::connect(parameters);
    if (session) return session;
    return Error{
        Fault::unavailable,
        fmt::format("cannot connect to PostgreSQL as {}: {}; give a superuser's connection with --dsn",
                    user_name_of(owner), session.error().message)};
}

Result<std::string> one(Session& session, const std::string& sql) {
    const Rows rows = TRY(session.query(sql));
    return rows.empty() || rows[0].empty() ? std::string() : rows[0][0];
}

Result<void> check_superuser(Session& session) {
    if (TRY(one(session, "SELECT current_setting('is_superuser')")) == "on") return {};
    return Error{Fault::denied, fmt::format("{} is no superuser; give a superuser's connection with --dsn",
                                            TRY(one(session, "SELECT current_user")))};
}

// The server must be of this host: its data directory is here, and its postmaster runs in it.
Result<void> look_at_disk(Survey& found, const std::string& data_directory) {
    std::error_code error;
    found.data_directory = fs::canonical(data_directory, error);
    if (error)
        return Error{Fault::conflict,
                     fmt::format("its data directory {} is not on this host ({}); run this where the server "
                                 "runs, as root",
                                 data_directory, error.message())};
    found.owner = TRY(owner_of(found.data_directory));
    const std::string lock = TRY(read_host_file(found.data_directory / "postmaster.pid"));
    const auto pid = parse_number<unsigned>(std::string_view(lock).substr(0, lock.find('\n')));
    struct stat process {};
    const std::string entry = fmt::format("/proc/{}", pid.value_or(0));
    if (!pid || ::stat(entry.c_str(), &process) != 0 || process.st_uid != found.owner)
        return Error{Fault::conflict, fmt::format("no postmaster of this host runs in {}", data_directory)};
    found.postmaster = static_cast<int>(*pid);
    return {};
}

// A server that lies about its rules must not have root write into somebody else's file.
Result<fs::path> hba_file_of(const Survey& found, const std::string& named) {
    fs::path file = TRY(real_file(named));
    const uid_t owner = TRY(owner_of(file));
    if (owner == found.owner || (owner == 0 && file.filename() == "pg_hba.conf")) return file;
    return Error{Fault::denied, fmt::format("{} belongs to {}, not to the server's user {}", file.string(),
                                            user_name_of(owner), user_name_of(found.owner))};
}

// Of what may be missing or not for this user.
std::string text_if_any(const Result<std::string>& text) {
    return text ? *text : std::string();
}

// Command lines of the processes above, the nearest first. /proc/PID/stat: the fields behind the last
// parenthesis are the state and the parent (proc(5)).
std::vector<std::string> ancestors_of(int pid) {
    std::vector<std::string> commands;
    while (commands.size() < ancestors_max) {
        const std::string stat = text_if_any(read_file(fmt::format("/proc/{}/stat", pid)));
        std::istringstream fields(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
        std::string state;
        if (!(fields >> state >> pid) || pid <= 0) break;
        std::string command = text_if_any(read_file(fmt::format("/proc/{}/cmdline", pid)));
        std::ranges::replace(command, '\0', ' ');
        commands.push_back(std::string(trimmed(command)));
    }
    return commands;
}

std::string debian_name(const Survey& found) {
    for (const DebianCluster& cluster : list_debian()) {
        const Result<std::string> data =
            run({"/usr/bin/pg_conftool", {"-s", cluster.version, cluster.name, "show", "data_directory"}},
                program_patience);
        std::error_code error;
        if (data && fs::canonical(std::string(trimmed(*data)), error) == found.data_directory)
            return cluster.text();
    }
    return {};
}

}  // namespace

std::vector<std::string> debian_clusters() {
    std::vector<std::string> names;
    for (const DebianCluster& cluster : list_debian()) names.push_back(cluster.text());
    return names;
}

Result<Session> open_session(const ServerAddress& address) {
    if (!address.dsn.empty()) return Session::connect(address.dsn, common);
    if (address.cluster.empty()) {
        const Socket socket = TRY(parse_socket(address.socket));
        return open_socket(socket);
    }
    const Socket socket = TRY(socket_of_cluster(address.cluster));
    return open_socket(socket);
}

Result<Survey> survey(const ServerAddress& address, Session& session) {
    TRY(check_superuser(session));
    const Rows rows = TRY(session.query(
        "SELECT current_setting('server_version'), current_setting('server_version_num'),"
        " current_setting('data_directory'), current_setting('hba_file'), current_user,"
        " current_database(), current_setting('unix_socket_directories'), current_setting('port'),"
        " current_setting('listen_addresses'), current_setting('ssl'),"
        " EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam'), current_setting('config_file')"));
    const std::vector<std::string>& row = rows.at(0);
    Survey found;
    found.version = row[0].substr(0, row[0].find(' '));
    found.version_number = parse_number<unsigned>(row[1]).value_or(0);
    TRY(look_at_disk(found, row[2]));
    found.hba_file = TRY(hba_file_of(found, row[3]));
    found.superuser = row[4];
    found.database = row[5];
    found.socket_directory = trimmed(row[6].substr(0, row[6].find(',')));
    found.port = parse_number<std::uint16_t>(row[7]).value_or(0);
    found.listen_addresses = row[8];
    found.tls = row[9] == "on";
    found.has_rds_iam = row[10] == "t";
    found.config_file = row[11];
    found.rules = TRY(databases::read_hba(session));
    found.cluster = address.cluster.empty() ? debian_name(found) : address.cluster;
    if (found.version_number >= oldest_version) return found;
    return Error{Fault::unsupported, fmt::format("PostgreSQL {} is too old; 12 is the least, and 14 is what "
                                                 "takes every token",
                                                 found.version)};
}

HbaSigns hba_signs(const Survey& server) {
    HbaSigns signs;
    signs.hba = text_if_any(read_host_file(server.hba_file));
    const Result<fs::path> conf = real_file(server.config_file);
    if (conf) signs.conf = text_if_any(read_host_file(*conf));
    std::error_code error;
    for (const fs::directory_entry& file : fs::directory_iterator(server.data_directory, error))
        signs.data_files.push_back(file.path().filename().string());
    signs.ancestors = ancestors_of(server.postmaster);
    for (const std::string& name : telling_variables())
        signs.environment[name] = environment_of(server.postmaster, name);
    return signs;
}

Result<std::string> listening_address(const Survey& server) {
    for (const std::string_view part : split(server.listen_addresses, ',')) {
        const std::string_view address = trimmed(part);
        if (address == "*" || address == "localhost" || address == "0.0.0.0") return std::string("127.0.0.1");
        if (address == "::") return std::string("::1");
        if (!address.empty()) return std::string(address);
    }
    return Error{
        Fault::conflict,
        "the server listens at no TCP address (listen_addresses is empty); tokens need TLS over TCP"};
}

Result<void> check_rules(Session& session) {
    const Rows errors = TRY(
        session.query("SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL LIMIT 1"));
    if (errors.empty()) return {};
    const bool without_pam = errors[0][1].find("\"pam\"") != std::string::npos;
    return Error{
        Fault::conflict,
        fmt::format("line {} of pg_hba.conf: {}{}", errors[0][0], errors[0][1],
                    without_pam ? "; tokens need a PostgreSQL that was built with --with-pam, as the "
                                  "packages of Debian and of postgresql.org are"
                                : "")};
}

Result<void> reload(const ServerAddress& address) {
    std::string before;
    {
        Session session = TRY(open_session(address));
        TRY(check_rules(session));
        before = TRY(one(session, "SELECT pg_conf_load_time()"));
        TRY(session.query("SELECT pg_reload_conf()"));
    }
    const Deadline deadline(reload_patience);
    while (!deadline.passed()) {
        Session session = TRY(open_session(address));
        const Rows later = TRY(session.query("SELECT pg_conf_load_time() > $1::timestamptz", {before}));
        if (later[0][0] == "t") return {};
        std::this_thread::sleep_for(reload_poll);
    }
    return Error{Fault::unavailable, "PostgreSQL does not read its configuration again"};
}

}  // namespace countersign::attach
