#include "client/credentials/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "client/credentials/documents.h"
#include "crypto/thumbprint.h"
#include "formats/encoding.h"

namespace countersign::client {

namespace {

constexpr std::size_t cache_file_bytes_max = std::size_t{256} * 1024;

// Why the file or folder is not to be trusted; empty when it is.
std::string fault_of(const Path& path) {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) return strerror(errno);
    if (S_ISLNK(facts.st_mode)) return "it is a link";
    if (facts.st_uid != ::geteuid()) return "it is another user's";
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "others may write it; run: chmod go-w " + path.string();
    return {};
}

Result<void> check_private(const Path& path) {
    const std::string fault = fault_of(path);
    if (fault.empty()) return {};
    return Error{Fault::denied, fmt::format("{} is not used: {}", path.string(), fault)};
}

std::string digest_of(std::string_view text) {
    return formats::hex(crypto::sha1(text));
}

// A number where the API has one.
std::string json_value(const std::string& name, const std::string& value) {
    return name == "DurationSeconds" ? value : ascii_json(value);
}

}  // namespace

std::string role_cache_key(const SessionArguments& arguments) {
    SessionArguments sorted = arguments;
    std::ranges::sort(sorted);
    std::string text;
    for (const auto& [name, value] : sorted)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", ascii_json(name), json_value(name, value));
    return digest_of('{' + text + '}');
}

std::string sso_role_cache_key(const std::string& account, const std::string& role,
                               const std::string& session, const std::string& start_url) {
    const bool has_session = !session.empty();
    return digest_of(fmt::format(R"({{"accountId":{},"roleName":{},{}:{}}})", ascii_json(account),
                                 ascii_json(role), has_session ? R"("sessionName")" : R"("startUrl")",
                                 ascii_json(has_session ? session : start_url)));
}

std::string sso_token_cache_key(std::string_view session_or_start_url) {
    return digest_of(session_or_start_url);
}

Result<std::string> FileCache::read(const std::string& key) const {
    const Path file = file_of(key);
    if (!file_exists(file)) return Error{Fault::not_found, "there is no " + file.string()};
    TRY(check_private(folder_));
    TRY(check_private(file));
    return read_server_file(file, cache_file_bytes_max);
}

void FileCache::erase(const std::string& key) const {
    std::error_code ignored;
    std::filesystem::remove(file_of(key), ignored);
}

Result<void> FileCache::write(const std::string& key, std::string_view text) const {
    TRY(make_directory(folder_));
    TRY(check_private(folder_));
    // Each process writes a file of its own first: two that refresh at once do not touch each other's.
    const Path own = folder_ / fmt::format("{}.{}.tmp", key, ::getpid());
    TRY(replace_file(own, text, Durability::none));
    if (::rename(own.c_str(), file_of(key).c_str()) == 0) return {};
    const int failure = errno;
    ::unlink(own.c_str());
    return Error{Fault::unavailable,
                 fmt::format("cannot write {}: {}", file_of(key).string(), strerror(failure))};
}

std::optional<FoundCredentials> kept_session(const FileCache& cache, const std::string& key, Instant now) {
    const Result<std::string> text = cache.read(key);
    if (!text) return std::nullopt;
    std::optional<FoundCredentials> found = parse_cached_credentials(*text);
    if (!found || *found->expiration - now < refreshed_before_end) return std::nullopt;
    return found;
}

void keep_session(const FileCache& cache, const std::string& key, const FoundCredentials& found) {
    static_cast<void>(cache.write(key, cached_credentials_text(found)));
}

}  // namespace countersign::client
