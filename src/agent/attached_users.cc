#include "agent/attached_users.h"

#include "agent/server_session.h"
#include "databases/users_on_demand.h"

namespace countersign::agent {

Result<databases::Making> make_attached_user(const databases::ServerView& server,
                                             const databases::UserWish& wish) {
    databases::Session session = TRY(open_server_session(server));
    return databases::make_user(session, databases::OnDemandPlace::attached, wish);
}

Result<std::vector<std::string>> attached_users(const databases::ServerView& server) {
    databases::Session session = TRY(open_server_session(server));
    return databases::users_in_service(session);
}

Result<void> retire_attached_user(const databases::ServerView& server, const std::string& user) {
    databases::Session session = TRY(open_server_session(server));
    return databases::retire_user(session, user);
}

}  // namespace countersign::agent
