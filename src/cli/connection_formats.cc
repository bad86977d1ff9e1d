#include "cli/connection_formats.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/shell_words.h"
#include "formats/uri.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;
using formats::percent_encode;

constexpr std::string_view sslmode = "verify-full";
// Without its line end: libpq's fe-connect.c gives up on the whole file where a line with it has 1023 bytes.
constexpr std::size_t service_line_max = 1021;

// A shell's word for the password: the token itself where one was asked for.
std::string password_word(const ConnectInfo& info) {
    return info.token.empty() ? "\"$(" + info.token_command + ")\"" : shell_quoted(info.token);
}

// Of a connection string of libpq.
std::string conninfo_value(std::string_view value) {
    if (!value.empty() && value.find_first_of(" '\\") == std::string_view::npos) return std::string(value);
    std::string quoted = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '\'';
}

// IPv6 addresses stand in brackets in an authority.
std::string authority(const ConnectInfo& info) {
    const bool v6 = info.host.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), v6 ? info.host : percent_encode(info.host),
                       info.port);
}

std::string uri_of(const ConnectInfo& info) {
    std::string who = percent_encode(info.user);
    if (!info.token.empty()) who += ':' + percent_encode(info.token);
    return fmt::format("postgresql://{}@{}/{}?sslmode={}&sslrootcert={}", who, authority(info),
                       percent_encode(info.dbname), sslmode, percent_encode(info.sslrootcert));
}

// "system" is libpq's word; to pgJDBC, the default trust of the Java runtime is a factory.
std::string jdbc_trust(const ConnectInfo& info) {
    if (info.sslrootcert == "system") return "sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory";
    return "sslrootcert=" + percent_encode(info.sslrootcert);
}

std::string jdbc_of(const ConnectInfo& info, std::string_view scheme, const std::string& more) {
    return fmt::format("{}://{}/{}?user={}&sslmode={}&{}{}", scheme, authority(info),
                       percent_encode(info.dbname), percent_encode(info.user), sslmode, jdbc_trust(info),
                       more);
}

std::string jdbc_plain(const ConnectInfo& info) {
    return jdbc_of(info, "jdbc:postgresql",
                   info.token.empty() ? "" : "&password=" + percent_encode(info.token));
}

// The wrapper signs its own tokens. Its dialect is named, or it would look for Aurora's functions.
std::string jdbc_wrapper(const ConnectInfo& info) {
    return jdbc_of(
        info, "jdbc:aws-wrapper:postgresql",
        fmt::format("&wrapperPlugins=iam&wrapperDialect=pg&iamHost={}&iamDefaultPort={}&iamRegion={}",
                    percent_encode(info.host), info.port, percent_encode(info.region)));
}

std::string psql_line(const ConnectInfo& info) {
    const std::string conninfo = fmt::format(
        "host={} port={} dbname={} user={} sslmode={} sslrootcert={}", conninfo_value(info.host), info.port,
        conninfo_value(info.dbname), conninfo_value(info.user), sslmode, conninfo_value(info.sslrootcert));
    return fmt::format("PGPASSWORD={} psql {}", password_word(info), shell_quoted(conninfo));
}

Result<std::string> psql_text(const ConnectInfo& info) {
    return psql_line(info) + '\n';
}

Result<std::string> uri_text(const ConnectInfo& info) {
    return uri_of(info) + '\n';
}

Result<std::string> jdbc_text(const ConnectInfo& info) {
    const std::string password =
        info.token.empty()
            ? fmt::format("# property password: what this prints, good for 15 minutes\n#   {}\n",
                          info.token_command)
            : "";
    return fmt::format(
        "# PostgreSQL JDBC driver\n{}\n{}# AWS Advanced JDBC Wrapper: makes its own tokens\n{}\n",
        jdbc_plain(info), password, jdbc_wrapper(info));
}

Result<std::string> env_text(const ConnectInfo& info) {
    return fmt::format(
        "export PGHOST={}\nexport PGPORT={}\nexport PGDATABASE={}\nexport PGUSER={}\nexport PGSSLMODE={}\n"
        "export PGSSLROOTCERT={}\nexport PGPASSWORD={}\nunset PGSERVICE PGHOSTADDR\n",
        shell_quoted(info.host), info.port, shell_quoted(info.dbname), shell_quoted(info.user), sslmode,
        shell_quoted(info.sslrootcert), password_word(info));
}

// The file has no quoting: a line is what it is, without the blanks around it.
Result<std::string> service_text(const ConnectInfo& info) {
    std::vector<std::string> lines = {'[' + info.name + ']',
                                      "host=" + info.host,
                                      fmt::format("port={}", info.port),
                                      "dbname=" + info.dbname,
                                      "user=" + info.user,
                                      fmt::format("sslmode={}", sslmode),
                                      "sslrootcert=" + info.sslrootcert};
    lines.push_back(info.token.empty() ? "# PGPASSWORD: " + info.token_command : "password=" + info.token);
    std::string text;
    for (const std::string& line : lines) {
        if (line.size() > service_line_max)
            return Error{Fault::invalid,
                         fmt::format("a service file's lines have at most {} bytes, and this {} has more; {}",
                                     service_line_max, info.token.empty() ? "path" : "token",
                                     info.token.empty() ? "use --format env"
                                                        : "leave --with-token out and set PGPASSWORD")};
        if (trimmed(line) != line)
            return Error{Fault::invalid,
                         "a service file cannot hold a name that ends in a blank; use --format env"};
        text += line + '\n';
    }
    return text;
}

Result<std::string> pgadmin_text(const ConnectInfo& info) {
    if (!info.token.empty())
        return Error{Fault::invalid, "pgAdmin makes its own tokens by the command; leave --with-token out"};
    const json::object server{
        {"Name", fmt::format("{} ({})", info.name, info.user)},
        {"Group", "Countersign"},
        {"Host", info.host},
        {"Port", info.port},
        {"MaintenanceDB", info.dbname},
        {"Username", info.user},
        {"ConnectionParameters", json::object{{"sslmode", sslmode}, {"sslrootcert", info.sslrootcert}}},
        {"PasswordExecCommand", info.token_command},
        {"PasswordExecExpiration", token_renewal_seconds}};
    return json::serialize(json::object{{"Servers", json::object{{"1", server}}}}) + '\n';
}

}  // namespace

const std::vector<ConnectFormat>& connect_formats() {
    static const std::vector<ConnectFormat> formats = {{"psql", psql_text},       {"uri", uri_text},
                                                       {"jdbc", jdbc_text},       {"env", env_text},
                                                       {"pgadmin", pgadmin_text}, {"service", service_text}};
    return formats;
}

formats::json::object connect_json(const ConnectInfo& info) {
    json::object all{{"name", info.name},
                     {"host", info.host},
                     {"port", info.port},
                     {"region", info.region},
                     {"dbname", info.dbname},
                     {"user", info.user},
                     {"sslmode", sslmode},
                     {"sslrootcert", info.sslrootcert},
                     {"token_command", info.token_command},
                     {"psql", psql_line(info)},
                     {"uri", uri_of(info)},
                     {"jdbc", jdbc_plain(info)},
                     {"jdbc_aws_wrapper", jdbc_wrapper(info)}};
    if (!info.token.empty()) all["token"] = info.token;
    return all;
}

}  // namespace countersign::cli
