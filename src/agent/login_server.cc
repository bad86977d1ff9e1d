#include "agent/login_server.h"

namespace countersign::agent {

login::Server login_server_of(const databases::ServerView& view, login::ConnectContext context) {
    login::Server server;
    server.resource_id = view.resource_id;
    server.region = view.region;
    server.account = view.account;
    server.iam_enabled = view.iam_enabled;
    server.context = context;
    for (const model::Tag& tag : view.tags) server.tags.emplace_back(tag.Key, tag.Value);
    for (const databases::Endpoint& endpoint : view.endpoints)
        server.endpoints.push_back({endpoint.host, endpoint.port});
    return server;
}

}  // namespace countersign::agent
