// Where a data directory holds what an engine, the agent and the API have in common. Pure.
//
//     DIR/databases/RESOURCE-ID/log   the log files of a server of this machine
//     DIR/run/SHORT                   its sockets
//     DIR/run/SHORT.agent             where the agent is asked about a server that somebody else runs
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace countersign::databases {

inline constexpr std::size_t socket_path_bytes_max = 107;  // sun_path, less its end

std::filesystem::path server_directory(const std::filesystem::path& dir, const std::string& resource_id);
std::filesystem::path server_logs(const std::filesystem::path& dir, const std::string& resource_id);

std::filesystem::path run_directory(const std::filesystem::path& dir);
std::filesystem::path server_sockets(const std::filesystem::path& dir, const std::string& resource_id);
std::filesystem::path attached_socket(const std::filesystem::path& run_directory,
                                      const std::string& resource_id);

// By how many bytes the longest path of a socket in DIR/run is too long; 0: none is.
std::size_t socket_path_excess(const std::filesystem::path& dir);

}  // namespace countersign::databases
