#include "agent/server_session.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

namespace countersign::agent {

namespace {

using databases::Session;

constexpr auto answer_patience = std::chrono::milliseconds(1200);
constexpr uid_t unchanged = static_cast<uid_t>(-1);
constexpr std::string_view nobody_listens = "Connection refused";  // libpq's, of a socket that was left

// Whom the server lets in over its socket: its own user, or, where Countersign made it, the user of the
// control plane, whose the directory is.
Result<uid_t> user_let_in(const databases::ServerView& server) {
    struct stat facts {};
    const auto socket = server.socket_directory / fmt::format(".s.PGSQL.{}", server.socket_port);
    if (::stat(socket.c_str(), &facts) != 0)
        return Error{Fault::not_found, fmt::format("nothing is at {}", socket.string())};
    if (server.kind == databases::Kind::instance && facts.st_uid != server.owner)
        return Error{Fault::denied, fmt::format("{} is of user id {}, and the server of {}", socket.string(),
                                                facts.st_uid, server.owner)};
    if (server.fronts_ours && ::stat(server.socket_directory.c_str(), &facts) != 0)
        return Error{Fault::not_found, fmt::format("there is no {}", server.socket_directory.string())};
    return facts.st_uid;
}

// The kernel keeps an effective user for every thread; only the C library's call changes all of them.
class ThreadUser {
public:
    explicit ThreadUser(uid_t uid)
        : changed_(::geteuid() == 0 && uid != 0 && ::syscall(SYS_setresuid, unchanged, uid, unchanged) == 0) {
    }
    ~ThreadUser() {
        if (changed_ && ::syscall(SYS_setresuid, unchanged, uid_t{0}, unchanged) != 0) ::_exit(1);
    }
    ThreadUser(const ThreadUser&) = delete;
    ThreadUser& operator=(const ThreadUser&) = delete;

private:
    const bool changed_;
};

Result<Session> connect_to_server(const databases::ServerView& server) {
    const std::string options = std::string(databases::trusted_names) + " -c statement_timeout=1s";
    return Session::connect(Session::Parameters{{"host", server.socket_directory.string()},
                                                {"port", std::to_string(server.socket_port)},
                                                {"user", server.master_username},
                                                {"dbname", "postgres"},
                                                {"sslmode", "disable"},
                                                {"gssencmode", "disable"},
                                                {"options", options},
                                                {"connect_timeout", "2"},
                                                {"application_name", "countersign"}});
}

}  // namespace

Result<Session> open_server_session(const databases::ServerView& server) {
    if (server.socket_directory.empty())
        return Error{Fault::denied,
                     "the agent may not ask in the directory of the server's socket; name it with "
                     "--postgres-socket-dir"};
    const uid_t user = TRY(user_let_in(server));
    const ThreadUser as(user);
    Result<Session> session = connect_to_server(server);
    if (session)
        session->set_patience(answer_patience);
    else if (session.error().message.find(nobody_listens) != std::string::npos)
        return Error{Fault::not_found, "the server does not run"};
    return session;
}

}  // namespace countersign::agent
