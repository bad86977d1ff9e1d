#include "agent/places.h"

#include <algorithm>

#include "agent/sockets.h"
#include "base/files.h"
#include "databases/directories.h"
#include "formats/record.h"

namespace countersign::agent {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t taken_bytes_max = 8UL * 1024 * 1024;

std::string plain(const fs::path& directory) {
    return (directory.lexically_normal() / "").string();
}

bool is_below(const fs::path& path, const fs::path& directory) {
    return !directory.empty() && plain(path).starts_with(plain(directory));
}

bool has(const std::vector<std::string>& directories, const fs::path& wanted) {
    return std::ranges::any_of(directories,
                               [&](const std::string& one) { return plain(one) == plain(wanted); });
}

}  // namespace

Result<TakenOver> take_over(const fs::path& file, const PlaceSettings& settings,
                            const std::vector<databases::ServerView>& known) {
    if (file_exists(file)) {
        const std::string text = TRY(read_file(file, taken_bytes_max));
        return formats::from_record<TakenOver>(text);
    }
    TakenOver taken;
    for (const databases::ServerView& server : known) {
        if (server.agent_socket != databases::attached_socket(settings.run_directory, server.resource_id))
            taken.sockets[server.resource_id] = server.agent_socket.string();
        if (server.kind == databases::Kind::pooler && !server.socket_directory.empty() &&
            !is_below(server.socket_directory, settings.own_directory) &&
            !has(taken.postgres_directories, server.socket_directory))
            taken.postgres_directories.push_back(server.socket_directory.string());
    }
    TRY(replace_file(file, formats::to_record(taken)));
    return taken;
}

fs::path Places::socket_of(const databases::ServerView& server) const {
    const auto before = taken_.sockets.find(server.resource_id);
    if (before != taken_.sockets.end() && before->second == server.agent_socket) return before->second;
    return databases::attached_socket(settings_.run_directory, server.resource_id);
}

bool Places::may_ask(const databases::ServerView& server, const fs::path& directory) const {
    if (is_below(directory, settings_.own_directory)) return server.fronts_ours;
    return has(settings_.postgres_directories, directory) || has(taken_.postgres_directories, directory);
}

void Places::server_up(const databases::ServerView& server) {
    databases::ServerView placed = server;
    placed.agent_socket = socket_of(server);
    if (placed.agent_socket != server.agent_socket)
        log_.warn("agent.socket_elsewhere", {{"database", server.identifier},
                                             {"registered", server.agent_socket.string()},
                                             {"listens", placed.agent_socket.string()},
                                             {"next", "attach it again"}});
    std::erase_if(placed.further_sockets,
                  [&](const databases::ServerSocket& socket) { return !may_ask(server, socket.directory); });
    if (!may_ask(server, server.socket_directory)) {
        placed.socket_directory.clear();
        const char* const kind = server.kind == databases::Kind::pooler ? "pooler" : "database";
        log_.warn("agent.server_not_asked", {{kind, server.identifier},
                                             {"directory", server.socket_directory.string()},
                                             {"next", "name it with --postgres-socket-dir"}});
    }
    next_.server_up(placed);
}

void Places::tidy() const {
    std::error_code error;
    for (const fs::directory_entry& file : fs::directory_iterator(settings_.run_directory, error))
        if (file.path().extension() == ".agent") remove_left_socket(file.path());
    for (const auto& [resource_id, socket] : taken_.sockets) remove_left_socket(socket);
}

}  // namespace countersign::agent
