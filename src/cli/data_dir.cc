#include "cli/data_dir.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/aws_config.h"
#include "cli/json_members.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;

std::string home_directory() {
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
    const passwd* account = ::getpwuid(::geteuid());
    return account != nullptr ? account->pw_dir : "";
}

Error system_error(const std::string& what, const fs::path& file) {
    return Error{Fault::unavailable, what + ' ' + file.string() + ": " + std::strerror(errno)};
}

Result<void> write_synced(const fs::path& file, const std::string& content, unsigned mode) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return system_error("cannot write", file);
    const bool whole = ::fchmod(descriptor, mode) == 0 &&
                       ::write(descriptor, content.data(), content.size()) == std::ssize(content) &&
                       ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!whole) return system_error("cannot write", file);
    return {};
}

void sync_directory(const fs::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

Result<DataDir> locate_data_dir(const std::string& given) {
    if (!given.empty()) return DataDir{fs::absolute(given).lexically_normal()};
    if (::geteuid() == 0) return DataDir{"/var/lib/countersign"};
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/')
        return DataDir{fs::path(data) / "countersign"};
    const std::string home = home_directory();
    if (home.empty()) return Error{Fault::invalid, "there is no home directory; say --data-dir DIR"};
    return DataDir{fs::path(home) / ".local" / "share" / "countersign"};
}

Result<void> write_file(const fs::path& file, const std::string& content, unsigned mode) {
    const fs::path draft = file.string() + ".new";
    TRY(write_synced(draft, content, mode));
    if (::rename(draft.c_str(), file.c_str()) != 0) return system_error("cannot write", file);
    sync_directory(file.parent_path());
    return {};
}

Result<std::string> read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return system_error("cannot read", file);
    std::ostringstream content;
    content << in.rdbuf();
    return std::move(content).str();
}

Result<RunningServer> find_server(const DataDir& dir) {
    std::error_code ignored;
    if (!fs::exists(dir.ready(), ignored))
        return Error{Fault::unavailable, "no server runs in " + dir.root.string() +
                                             "; start one with: countersign serve --data-dir " +
                                             dir.root.string()};
    const std::string text = TRY(read_file(dir.ready()));
    const formats::json::value ready = TRY(formats::parse_json(text));
    const std::string credentials = TRY(read_file(dir.credentials()));
    const AwsConfig config = parse_aws_config(credentials);
    return RunningServer{text_in(ready, "listening"),
                         text_in(ready, "region"),
                         text_in(ready, "account"),
                         config.get("default", "aws_access_key_id"),
                         config.get("default", "aws_secret_access_key"),
                         text_in(ready, "metadata")};
}

}  // namespace countersign::cli
