#include "agent_api/protocol/protocol.h"

namespace countersign::agent_api {

namespace {

std::string name_of(databases::Kind kind) {
    switch (kind) {
        case databases::Kind::cluster:
            return "cluster";
        case databases::Kind::pooler:
            return "pooler";
        case databases::Kind::instance:
            break;
    }
    return "instance";
}

databases::Kind kind_of(const std::string& name) {
    if (name == "cluster") return databases::Kind::cluster;
    if (name == "pooler") return databases::Kind::pooler;
    return databases::Kind::instance;
}

}  // namespace

ServerText text_of(const databases::ServerView& server) {
    ServerText text;
    text.resource_id = server.resource_id;
    text.account = server.account;
    text.region = server.region;
    text.kind = name_of(server.kind);
    text.identifier = server.identifier;
    for (const databases::Endpoint& endpoint : server.endpoints)
        text.endpoints.push_back({endpoint.host, endpoint.port});
    text.iam_enabled = server.iam_enabled;
    text.tags = server.tags;
    text.master_username = server.master_username;
    text.data_directory = server.data_directory.string();
    text.owner = server.owner;
    text.agent_socket = server.agent_socket.string();
    text.socket_directory = server.socket_directory.string();
    text.socket_port = server.socket_port;
    return text;
}

databases::ServerView view_of(const ServerText& text) {
    databases::ServerView server;
    server.resource_id = text.resource_id;
    server.account = text.account;
    server.region = text.region;
    server.kind = kind_of(text.kind);
    server.identifier = text.identifier;
    for (const EndpointText& endpoint : text.endpoints)
        server.endpoints.push_back({endpoint.host, endpoint.port});
    server.iam_enabled = text.iam_enabled;
    server.tags = text.tags;
    server.master_username = text.master_username;
    server.data_directory = text.data_directory;
    server.owner = text.owner;
    server.agent_socket = text.agent_socket;
    server.socket_directory = text.socket_directory;
    server.socket_port = text.socket_port;
    return server;
}

}  // namespace countersign::agent_api
