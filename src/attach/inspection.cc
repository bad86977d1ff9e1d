#include "attach/inspection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "attach/effective_user.h"
#include "attach/hba.h"
#include "attach/host_files.h"
#include "attach/pam_service.h"
#include "attach/survey.h"
#include "base/files.h"
#include "base/text.h"
#include "client/data_dir.h"
#include "crypto/certificates.h"
#include "databases/membership_grants.h"
#include "login/hints.h"

namespace countersign::attach {

namespace {

namespace fs = std::filesystem;

constexpr auto certificate_rest_min = std::chrono::hours(24 * 14);

// One server's facts, and the list under its name.
class Inspector {
public:
    Inspector(const Inspection& inspection, Checklist& list)
        : state_(inspection.state), registry_(inspection.registry), now_(inspection.now), list_(list) {}

    void run() {
        check_service();
        check_rules_file();
        check_registration();
        check_server();
    }

private:
    std::string name(std::string_view part) const { return fmt::format("{}: {}", state_.name, part); }
    std::string attach_again() const { return "attach again: countersign attach " + state_.name; }

    void check_service() {
        if (state_.service_file.empty()) return;
        const auto text = read_file(state_.service_file);
        const std::string expected = service_text({state_.name, state_.module, state_.agent_socket});
        if (!text || *text != expected)
            list_.broken(name("PAM service"),
                         state_.service_file + (text ? " is not as it was written" : " is missing"),
                         attach_again());
        else if (!is_roots_own(state_.service_file))
            list_.broken(name("PAM service"), state_.service_file + " can be changed by others than root",
                         "give it to root, mode 0644");
        else
            list_.good(name("PAM service"), state_.service_file);
        check_module();
    }

    void check_module() {
        const auto installed = read_file(state_.module);
        const auto own = own_library(module_name);
        if (!installed) {
            list_.broken(name("PAM module"), state_.module + " is missing", attach_again());
            return;
        }
        if (!is_roots_own(state_.module)) {
            list_.broken(name("PAM module"), state_.module + " can be changed by others than root",
                         "give it and the directories above it to root, mode 0755");
            return;
        }
        const auto bytes = own ? read_file(*own) : Result<std::string>(own.error());
        if (bytes && *bytes != *installed)
            list_.warn(name("PAM module"), state_.module + " is of another version than this program",
                       attach_again());
        else
            list_.good(name("PAM module"), state_.module);
    }

    void check_rules_file() {
        if (!state_.hba_by.empty()) return;  // the order is looked at in the server
        const auto text = read_host_file(state_.hba_file);
        if (text && has_block(*text, state_.resource_id))
            list_.good(name("pg_hba.conf"), "has Countersign's lines");
        else
            list_.broken(name("pg_hba.conf"),
                         text ? state_.hba_file + " lacks Countersign's lines" : text.error().message,
                         attach_again());
    }

    void check_registration() {
        if (registry_ == nullptr) return;
        const auto found = registry_->find(state_.name, state_.region);
        if (!found)
            list_.warn(name("control plane"), found.error().message);
        else if (!*found || (*found)->resource_id != state_.resource_id)
            list_.broken(name("control plane"), "it does not know " + state_.resource_id,
                         fmt::format("countersign detach {0} and attach again", state_.name));
        else
            list_.good(name("control plane"), "knows it as " + state_.resource_id);
    }

    void check_server() {
        ServerAddress address;
        address.dsn = state_.dsn;
        if (address.dsn.empty()) address.socket = fmt::format("{}:{}", state_.socket_directory, state_.port);
        Result<Session> session = open_session(address);
        Result<Survey> found = session ? survey(address, *session) : Result<Survey>(session.error());
        if (!found) {
            list_.broken(name("PostgreSQL"), found.error().message, "start the server");
            return;
        }
        list_.good(name("PostgreSQL"), found->version);
        check_socket(found->owner);
        check_tls(*found, *session);
        check_order(*session);
        check_role(*found, *session);
    }

    // As the server's user: that is who has to reach it.
    void check_socket(uid_t owner) {
        struct stat facts {};
        if (::stat(state_.agent_socket.c_str(), &facts) != 0) {
            list_.broken(name("agent"), state_.agent_socket + " is not there", start_agent());
            return;
        }
        if (facts.st_uid != owner || (facts.st_mode & 0077) != 0)
            list_.broken(name("agent's socket"),
                         fmt::format("{} is of user id {} with mode {:o}", state_.agent_socket, facts.st_uid,
                                     facts.st_mode & 0777U),
                         fmt::format("it must be of user id {}, mode 600; restart the agent", owner));
        const EffectiveUser as(owner);
        const int refused = connect_to(state_.agent_socket);
        if (refused == 0)
            list_.good(name("agent"), "listens at " + state_.agent_socket);
        else
            list_.broken(name("agent"), fmt::format("{}: {}", state_.agent_socket, std::strerror(refused)),
                         start_agent());
    }

    std::string start_agent() const {
        return state_.agent.empty() ? "start `countersign serve` on this host"
                                    : fmt::format("start `countersign agent` (named {})", state_.agent);
    }

    static int connect_to(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (socket < 0) return errno;
        const bool done = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        const int reason = done ? 0 : errno;
        ::close(socket);
        return reason;
    }

    void check_tls(const Survey& server, Session& session) {
        if (!server.tls) {
            list_.broken(name("TLS"), "it is off, and every token is refused", "set ssl = on and reload");
            return;
        }
        const auto rows = session.query("SELECT current_setting('ssl_cert_file')");
        if (!rows) return;
        const auto pem = read_host_file(server.data_directory / (*rows)[0][0]);
        const auto ends = pem ? crypto::expiry_of(*pem) : Result<Instant>(pem.error());
        if (!ends)
            list_.warn(name("TLS"), "its certificate cannot be read: " + ends.error().message);
        else if (*ends < now_)
            list_.broken(name("TLS"), "its certificate has ended", "renew it and reload");
        else if (*ends - now_ < certificate_rest_min)
            list_.warn(name("TLS"),
                       fmt::format("its certificate ends in {} days",
                                   std::chrono::duration_cast<std::chrono::hours>(*ends - now_).count() / 24),
                       "renew it and reload");
        else
            list_.good(name("TLS"), "on, and its certificate is good for more than two weeks");
    }

    // As the agent sees it.
    void check_order(Session& session) {
        const auto facts = databases::read_hba(session);
        if (!facts) {
            list_.warn(name("rules"), "cannot be looked at: " + facts.error().message);
            return;
        }
        const databases::HbaFinding found = databases::judge_hba(*facts, state_.resource_id);
        switch (found.state) {
            case databases::HbaState::in_order:
                list_.good(name("rules"), found.what);
                break;
            case databases::HbaState::overtaken:
                list_.broken(name("rules"), found.what, put_in_front());
                break;
            case databases::HbaState::gone:
                list_.broken(name("rules"), found.what, attach_again());
                break;
            case databases::HbaState::faulty:
                list_.broken(name("rules"), found.what,
                             "SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL");
                break;
        }
    }

    std::string put_in_front() const {
        const std::string by =
            state_.hba_by.empty() ? "" : fmt::format(" in what {} makes it from", state_.hba_by);
        return fmt::format(
            "put Countersign's lines in front of it{}; countersign attach {} --print shows them", by,
            state_.name);
    }

    void check_role(const Survey& server, Session& session) {
        if (!server.has_rds_iam) {
            list_.broken(name("role rds_iam"), "it does not exist; its former members fall to other lines",
                         attach_again());
            return;
        }
        const auto rows = session.query(
            "WITH RECURSIVE member (oid) AS (SELECT oid FROM pg_roles WHERE rolname = 'rds_iam' UNION"
            "  SELECT m.member FROM pg_auth_members m JOIN member ON m.roleid = member.oid)"
            " SELECT coalesce(string_agg(rolname, ', ') FILTER (WHERE rolpassword IS NOT NULL), ''),"
            "  coalesce(string_agg(rolname, ', ') FILTER (WHERE rolsuper), ''), count(*) - 1"
            " FROM member JOIN pg_authid USING (oid)");
        if (!rows || rows->empty()) return;
        const std::vector<std::string>& row = (*rows)[0];
        list_.good(name("role rds_iam"), counted(row[2], "member"));
        if (!row[0].empty())
            list_.warn(name("members with a password"),
                       row[0] + "; it would count as soon as they left rds_iam, and does on sockets",
                       "ALTER ROLE … PASSWORD NULL");
        if (!row[1].empty())
            list_.warn(name("members who are superusers"), row[1],
                       "a token makes them superuser; is that meant?");
        check_detours(session);
    }

    // A password of theirs is asked for no more, and REVOKE rds_iam changes nothing.
    void check_detours(Session& session) {
        const auto detours = databases::detours_of_administrators(session, databases::FormalGrants::count);
        if (!detours) return;
        for (const databases::MembershipGrant& grant : *detours)
            list_.warn(
                name("administrator by token alone"),
                fmt::format("'{}' became a member of rds_iam through '{}': its password lets nobody in "
                            "any more",
                            printable(grant.member), printable(grant.role)),
                login::revoke_statement(grant.role, grant.member, grant.grantor));
    }

    const AttachState& state_;
    const Registry* const registry_;
    const Instant now_;
    Checklist& list_;
};

}  // namespace

void inspect(const Inspection& inspection, Checklist& list) {
    Inspector(inspection, list).run();
}

}  // namespace countersign::attach
