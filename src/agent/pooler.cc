#include "agent/pooler.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "databases/session.h"

namespace countersign::agent {

namespace {

using databases::Session;

constexpr auto answer_patience = std::chrono::milliseconds(1200);
constexpr uid_t unchanged = static_cast<uid_t>(-1);

// Whom the server behind a pooler lets in over its socket: its own user, or, where Countersign made it, the
// user of the control plane, whose the directory is.
std::optional<uid_t> user_let_in(const databases::ServerView& pooler) {
    struct stat facts {};
    const auto socket = pooler.socket_directory / (".s.PGSQL." + std::to_string(pooler.socket_port));
    if (::stat(socket.c_str(), &facts) != 0) return std::nullopt;
    if (pooler.fronts_ours && ::stat(pooler.socket_directory.c_str(), &facts) != 0) return std::nullopt;
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

Result<Session> session_at(const databases::ServerView& pooler) {
    if (pooler.socket_directory.empty())
        return Error{Fault::denied, "the server behind the pooler may not be asked here"};
    const std::optional<uid_t> user = user_let_in(pooler);
    if (!user) return Error{Fault::unavailable, "the server behind the pooler does not run"};
    const ThreadUser as(*user);
    const std::string options = std::string(databases::trusted_names) + " -c statement_timeout=1s";
    return Session::connect(Session::Parameters{{"host", pooler.socket_directory.string()},
                                                {"port", std::to_string(pooler.socket_port)},
                                                {"user", pooler.master_username},
                                                {"dbname", "postgres"},
                                                {"sslmode", "disable"},
                                                {"gssencmode", "disable"},
                                                {"options", options},
                                                {"connect_timeout", "2"},
                                                {"application_name", "countersign"}});
}

}  // namespace

login::Membership membership_behind(const databases::ServerView& pooler, const std::string& user) {
    Result<Session> session = session_at(pooler);
    if (!session) return login::Membership::unknown;
    session->set_patience(answer_patience);
    const Result<std::string> is_member = session->value(
        "WITH RECURSIVE role (oid) AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1 UNION"
        " SELECT granted.roleid FROM pg_catalog.pg_auth_members granted JOIN role ON granted.member = "
        "role.oid)"
        " SELECT EXISTS (SELECT FROM role JOIN pg_catalog.pg_roles USING (oid) WHERE rolname = 'rds_iam')",
        {user});
    if (!is_member) return login::Membership::unknown;
    return *is_member == "t" ? login::Membership::member : login::Membership::outsider;
}

}  // namespace countersign::agent
