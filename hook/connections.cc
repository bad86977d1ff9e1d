// What dblink, postgres_fdw and everything else within a managed server may ask of libpq. They connect from
// the server's machine as the server's operating system user, so libpq would open files for a database's user
// that only PostgreSQL may open (keys, certificates, password and service files, a log of TLS keys that it
// writes), and sockets that admit by who the process is: the server's own, where rdsadmin comes in by `peer`,
// and those of the machine's other servers. Connections go by TCP and name no file, then. The options are a
// list of what is allowed, so those of later versions of libpq are refused until they are known. Every
// process of the server is held to it, since a parallel worker calls functions for a backend. libpq itself
// parses what was asked, and says what was refused.
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "managed.h"
#include "next_definition.h"

#define COUNTERSIGN_EXPORT extern "C" __attribute__((visibility("default")))

namespace countersign::hook {
namespace {

constexpr const char* libpq = "libpq.so.5";
constexpr size_t reason_bytes = 128;

// Of libpq 14 to 18.
constexpr const char* allowed_options[] = {"host",
                                           "hostaddr",
                                           "port",
                                           "dbname",
                                           "user",
                                           "password",
                                           "connect_timeout",
                                           "application_name",
                                           "fallback_application_name",
                                           "client_encoding",
                                           "options",
                                           "keepalives",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "sslmode",
                                           "sslnegotiation",
                                           "sslcompression",
                                           "sslsni",
                                           "ssl_min_protocol_version",
                                           "ssl_max_protocol_version",
                                           "min_protocol_version",
                                           "max_protocol_version",
                                           "channel_binding",
                                           "require_auth",
                                           "gssencmode",
                                           "target_session_attrs",
                                           "load_balance_hosts",
                                           "scram_client_key",
                                           "scram_server_key"};

bool is_allowed(const char* option) {
    for (const char* allowed : allowed_options)
        if (strcmp(option, allowed) == 0) return true;
    return false;
}

// A list of hosts of which each is a name or an address: an empty one is the socket of the default directory,
// and "/" and "@" begin sockets.
bool are_all_by_tcp(const char* hosts) {
    for (const char* host = hosts;; ++host) {
        if (strchr("/@,", *host) != nullptr) return false;  // or the end of the text
        host = strchr(host, ',');
        if (host == nullptr) return true;
    }
}

using ByParameters = PGconn*(const char* const*, const char* const*, int);
using ByText = PGconn*(const char*);

class Judge {
public:
    void hear(const char* option, const char* value) {
        if (option == nullptr || value == nullptr || value[0] == '\0' || reason_[0] != '\0') return;
        if (!is_allowed(option)) return refuse(option, "is not for connections of a managed database");
        if (strcmp(option, "host") != 0 && strcmp(option, "hostaddr") != 0) return;
        if (!are_all_by_tcp(value)) return refuse(option, "has to be a name or an address");
        has_host_ = true;
    }

    // Null: libpq may be asked.
    const char* objection() {
        if (reason_[0] == '\0' && !has_host_) refuse("host", "has to be given");
        return reason_[0] == '\0' ? nullptr : reason_;
    }

private:
    void refuse(const char* option, const char* why) {
        snprintf(reason_, sizeof reason_, "%.63s %s", option, why);
    }

    char reason_[reason_bytes] = "";
    bool has_host_ = false;
};

template <class Function>
Function* next(const char* name) {
    return next_definition<Function>(name, libpq);
}

// libpq's own functions call each other by these names, too.
bool within_libpq = false;

// What follows the writer of a cluster calls nothing of a user's, and goes where the configuration says.
bool is_guarded() {
    return !within_libpq && is_postgres() && is_managed() && !is_wal_receiver();
}

template <class Function, class... Arguments>
PGconn* ask_libpq(Function* connect, Arguments... arguments) {
    if (connect == nullptr) return nullptr;
    const bool before = within_libpq;
    within_libpq = true;
    PGconn* const connection = connect(arguments...);
    within_libpq = before;
    return connection;
}

// What libpq cannot read it refuses itself, when it is asked.
bool hear_text(const char* text, Judge* judge) {
    const auto parse = next<decltype(PQconninfoParse)>("PQconninfoParse");
    const auto release = next<decltype(PQconninfoFree)>("PQconninfoFree");
    if (parse == nullptr || release == nullptr) return false;
    PQconninfoOption* const options = parse(text, nullptr);
    if (options == nullptr) return true;
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option)
        judge->hear(option->keyword, option->val);
    release(options);
    return true;
}

// libpq's own refusal of an option that it does not know, whose name is the reason.
PGconn* refusal(ByParameters* connect, const char* reason) {
    const char* const names[] = {reason, nullptr};
    const char* const values[] = {"refused", nullptr};
    return ask_libpq(connect, static_cast<const char* const*>(names), static_cast<const char* const*>(values),
                     0);
}

PGconn* connect_by_text(const char* function, const char* with_parameters, const char* text) {
    const auto connect = next<ByText>(function);
    if (!is_guarded()) return ask_libpq(connect, text);
    Judge judge;
    if (!hear_text(text, &judge)) return nullptr;
    const char* const reason = judge.objection();
    return reason == nullptr ? ask_libpq(connect, text)
                             : refusal(next<ByParameters>(with_parameters), reason);
}

PGconn* connect_by_parameters(const char* function, const char* const* names, const char* const* values,
                              int expand) {
    const auto connect = next<ByParameters>(function);
    if (!is_guarded()) return ask_libpq(connect, names, values, expand);
    Judge judge;
    for (int i = 0; names[i] != nullptr; ++i) judge.hear(names[i], values[i]);
    // With `expand` the name of a database may be a connection string, which is for libpq's own programs.
    const char* const reason = expand != 0 ? "dbname has to be a name" : judge.objection();
    return reason == nullptr ? ask_libpq(connect, names, values, expand) : refusal(connect, reason);
}

}  // namespace
}  // namespace countersign::hook

using countersign::hook::connect_by_parameters;
using countersign::hook::connect_by_text;

COUNTERSIGN_EXPORT PGconn* PQconnectdb(const char* text) {
    return connect_by_text("PQconnectdb", "PQconnectdbParams", text);
}

COUNTERSIGN_EXPORT PGconn* PQconnectStart(const char* text) {
    return connect_by_text("PQconnectStart", "PQconnectStartParams", text);
}

COUNTERSIGN_EXPORT PGconn* PQconnectdbParams(const char* const* names, const char* const* values,
                                             int expand) {
    return connect_by_parameters("PQconnectdbParams", names, values, expand);
}

COUNTERSIGN_EXPORT PGconn* PQconnectStartParams(const char* const* names, const char* const* values,
                                                int expand) {
    return connect_by_parameters("PQconnectStartParams", names, values, expand);
}
