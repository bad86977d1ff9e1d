#include "client/data_dir.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "base/files.h"
#include "client/aws_config.h"
#include "client/json_members.h"

namespace countersign::client {

namespace {

namespace fs = std::filesystem;

std::string home_directory() {
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
    const passwd* account = ::getpwuid(::geteuid());
    return account != nullptr ? account->pw_dir : "";
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
                         text_in(ready, "metadata"),
                         text_in(ready, "ca_bundle")};
}

}  // namespace countersign::client
