// The folders of ~/.aws in which the AWS CLI keeps sessions and sign-ins, shared with it: a file is 0600, is
// replaced whole, and counts only where nobody else may write it or its folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "client/credentials/found.h"

namespace countersign::client {

// Names and values that a session is asked for with, as the API names them.
using SessionArguments = std::vector<std::pair<std::string, std::string>>;

// The names that the AWS CLI gives its files: digests of what a session was asked for with, of a sign-in's
// session or start URL.
std::string role_cache_key(const SessionArguments& arguments);
std::string sso_role_cache_key(const std::string& account, const std::string& role,
                               const std::string& session, const std::string& start_url);
std::string sso_token_cache_key(std::string_view session_or_start_url);

class FileCache {
public:
    explicit FileCache(Path folder) : folder_(std::move(folder)) {}

    // Fault::not_found: there is no such file. Fault::denied: others may write it, or it is another user's.
    Result<std::string> read(const std::string& key) const;
    // Fault::denied where others may write into the folder.
    Result<void> write(const std::string& key, std::string_view text) const;
    void erase(const std::string& key) const;

private:
    Path file_of(const std::string& key) const { return folder_ / (key + ".json"); }

    Path folder_;
};

// A session that is refreshed when it has less than this left, as by the AWS CLI.
inline constexpr std::chrono::minutes refreshed_before_end(15);

// The session kept under that key; nothing when there is none, it is about to end or cannot be trusted.
std::optional<FoundCredentials> kept_session(const FileCache& cache, const std::string& key, Instant now);
// A session that cannot be kept is asked for again the next time.
void keep_session(const FileCache& cache, const std::string& key, const FoundCredentials& found);

}  // namespace countersign::client
