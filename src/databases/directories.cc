#include "databases/directories.h"

#include "base/text.h"

namespace countersign::databases {

namespace {

constexpr std::size_t short_name_letters = 8;
constexpr std::size_t attached_name_letters = 12;

// The path of a socket is short, so what is named after a server has but the end of the resource id.
std::string short_name(const std::string& resource_id, std::size_t letters) {
    const std::string all = lower(resource_id);
    return all.size() <= letters ? all : all.substr(all.size() - letters);
}

}  // namespace

std::filesystem::path server_directory(const std::filesystem::path& dir, const std::string& resource_id) {
    return dir / "databases" / resource_id;
}

std::filesystem::path server_logs(const std::filesystem::path& dir, const std::string& resource_id) {
    return server_directory(dir, resource_id) / "log";
}

std::filesystem::path run_directory(const std::filesystem::path& dir) {
    return dir / "run";
}

std::filesystem::path server_sockets(const std::filesystem::path& dir, const std::string& resource_id) {
    return run_directory(dir) / short_name(resource_id, short_name_letters);
}

std::filesystem::path attached_socket(const std::filesystem::path& run_directory,
                                      const std::string& resource_id) {
    return run_directory / (short_name(resource_id, attached_name_letters) + ".agent");
}

std::size_t socket_path_excess(const std::filesystem::path& dir) {
    const auto longest = run_directory(dir) / std::string(short_name_letters, 'x') / ".s.PGSQL.65535";
    const std::size_t bytes = longest.string().size();
    return bytes <= socket_path_bytes_max ? 0 : bytes - socket_path_bytes_max;
}

}  // namespace countersign::databases
