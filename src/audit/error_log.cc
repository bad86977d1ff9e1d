#include "audit/error_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "audit/failure_cause.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "formats/iso_time.h"
#include "sigv4/token.h"

namespace countersign::audit {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view invalid = "InvalidToken";
constexpr std::string_view expired = "ExpiredToken";
constexpr std::string_view unauthorized = "NotAuthorized";
constexpr std::string_view throttled = "ThrottlingException";
constexpr std::string_view internal = "InternalError";

// An expired token is told from one of the future by error_code().
std::string code_of(std::string_view check) {
    const std::optional<FailureCause> cause = failure_cause(check);
    if (!cause) return {};
    switch (*cause) {
        case FailureCause::invalid_token:
            return std::string(invalid);
        case FailureCause::insufficient_permissions:
            return std::string(unauthorized);
        case FailureCause::throttling:
            return std::string(throttled);
        case FailureCause::server_error:
            break;
    }
    return std::string(internal);
}

struct CodeLine {
    std::string_view code;
    std::string_view verb;
    std::string_view why;  // {} is the caller
};
// The blanks that are missing are missing in AWS's lines.
constexpr std::array lines{
    CodeLine{invalid, "authenticate",
             "because the provided token is malformed or otherwise invalid. (Status Code: 400, Error Code: "
             "InvalidToken)"},
    CodeLine{expired, "authenticate",
             "because the token age is longer than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)"},
    CodeLine{
        unauthorized, "authorize",
        "because the IAM policy assumed by the caller '{}' is not authorized to perform `rds-db:connect` "
        "on the DB instance. (Status Code: 403, Error Code:NotAuthorized)"},
    CodeLine{throttled, "authorize",
             "due to IAM DB authentication throttling. (Status Code: 429, Error Code: ThrottlingException)"},
    CodeLine{internal, "authorize",
             "due to an internal IAM DB authentication error. (Status Code: 500, Error Code: InternalError)"},
};

constexpr std::size_t entries_waiting_max = 4096;
constexpr std::uint64_t file_bytes_max = std::uint64_t{16} * 1024 * 1024;
constexpr std::uint64_t kept_bytes_max = 16 * file_bytes_max;  // of a database: anybody can be refused often
constexpr auto kept_for = std::chrono::days(7);

std::string hour_of(Instant instant) {
    std::string hour = formats::extended_time(instant).substr(0, std::strlen("2026-01-31T12"));
    hour[std::strlen("2026-01-31")] = '-';
    return hour;
}

std::string name_at(Instant instant) {
    return std::string(error_log_prefix) + hour_of(instant);
}

// And the oldest ones, too, when all together are too large.
void remove_older(const fs::path& directory, const std::string& oldest_kept) {
    std::error_code ignored;
    std::set<std::string, std::greater<>> newest_first;
    for (const auto& entry : fs::directory_iterator(directory, ignored))
        if (std::string name = entry.path().filename().string(); name.starts_with(error_log_prefix))
            newest_first.insert(std::move(name));
    std::uint64_t bytes = 0;
    for (const std::string& name : newest_first) {
        bytes += fs::file_size(directory / name, ignored);
        if (name < oldest_kept || bytes > kept_bytes_max) fs::remove(directory / name, ignored);
    }
}

// Of all databases, also those that are no more.
void prune(const fs::path& dir, const std::string& oldest_kept) {
    std::error_code ignored;
    for (const auto& database : fs::directory_iterator(dir, ignored)) {
        remove_older(database.path() / "error", oldest_kept);
        fs::remove(database.path() / "error", ignored);  // only when it is empty
        fs::remove(database.path(), ignored);
    }
}

Result<void> append(const fs::path& file, const std::string& line) {
    const Descriptor log(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    struct stat now {};
    if (!log || ::fstat(log.number(), &now) != 0)
        return Error{Fault::unavailable,
                     fmt::format("cannot open {}: {}", file.string(), std::strerror(errno))};
    if (static_cast<std::uint64_t>(now.st_size) + line.size() > file_bytes_max)
        return Error{Fault::throttled, file.string() + " is as large as it may become"};
    const ssize_t written = ::write(log.number(), line.data(), line.size());
    if (written == std::ssize(line)) return {};
    const std::string why = written < 0 ? std::strerror(errno) : "the disk is full";
    if (written > 0 && ::ftruncate(log.number(), now.st_size) != 0)
        return Error{Fault::unavailable, "cannot take back half of a line from " + file.string()};
    return Error{Fault::unavailable, "cannot write " + file.string() + ": " + why};
}

}  // namespace

std::string error_code(const login::Verdict& verdict, const login::SentToken& sent, Instant now) {
    if (verdict.allowed()) return {};
    if (verdict.failed() == login::Check::token_time) {
        const sigv4::PresentedToken* token = sent.token();
        if (token != nullptr && token->signed_at() <= now) return std::string(expired);
    }
    return code_of(login::name_of(verdict.failed()));
}

std::string error_code(const LoginEntry& entry) {
    if (entry.decision != Decision::refused) return {};
    return entry.code.empty() ? code_of(entry.check) : entry.code;
}

std::string error_line(const LoginEntry& entry) {
    const std::string code = error_code(entry);
    const auto found = std::ranges::find(lines, code, &CodeLine::code);
    const auto time = formats::parse_extended_time(entry.time);
    if (found == lines.end() || !time) return {};
    std::string when = formats::extended_time(*time);  // 2026-01-31T12:00:00.000Z
    when.pop_back();
    std::ranges::replace(when, '.', ',');
    std::string why(found->why);
    if (const std::size_t caller = why.find("{}"); caller != std::string::npos)
        why.replace(caller, 2, printable(entry.principal_arn));
    return fmt::format("{} [ERROR] Failed to {} the connection request for user {} {}", when, found->verb,
                       printable(entry.user), why);
}

ErrorLog::ErrorLog(fs::path dir, Exports exports, const Log& log)
    : dir_(std::move(dir)),
      exports_(std::move(exports)),
      log_(log),
      queue_("error-log", log, entries_waiting_max, [this](const LoginEntry& entry) {
          guarded(log_, "error-log", [&] { write(entry); });
          return true;  // one that cannot be written is left out
      }) {}

ErrorLog::~ErrorLog() {
    queue_.finish();
    if (const std::uint64_t entries = dropped_) log_.warn("error_log.dropped", {{"lines", entries}});
}

void ErrorLog::on_login(const LoginEntry& entry) {
    if (error_code(entry).empty()) return;
    if (!queue_.try_push(entry)) ++dropped_;
}

fs::path ErrorLog::file_for(const LoginEntry& entry) {
    const fs::path directory = dir_ / entry.resource_id / "error";
    const Instant time = formats::parse_extended_time(entry.time).value_or(Instant());
    fs::path file = directory / name_at(time);
    std::error_code failed;
    if (fs::exists(file, failed)) return file;
    prune(dir_, name_at(time - kept_for));
    fs::create_directories(directory, failed);
    fs::permissions(directory, fs::perms::owner_all, failed);
    return file;
}

void ErrorLog::write(const LoginEntry& entry) {
    const std::string line = error_line(entry);
    if (line.empty() || !exports_(entry)) return;
    const Result<void> written = append(file_for(entry), line + '\n');
    if (!written && !failing_)
        log_.error("error_log.failed", {{"database", entry.database}, {"reason", written.error().message}});
    failing_ = !written;
}

}  // namespace countersign::audit
