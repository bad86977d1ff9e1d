#include "audit/sinks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <boost/mp11.hpp>
#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "base/text.h"
#include "formats/iso_time.h"

namespace countersign::audit {

namespace {

constexpr std::string_view syslog_socket = "/dev/log";
constexpr std::size_t cut_bytes = 8192;  // of a line that no datagram can hold
constexpr const char* journal_socket = "/run/systemd/journal/socket";

Error cannot_ship(std::string_view what, const std::string& where) {
    return Error{Fault::unavailable, fmt::format("cannot {} {}: {}", what, where, std::strerror(errno))};
}

int severity_of(const LoginEntry& entry) {
    return entry.decision == Decision::allowed || entry.decision == Decision::ended ? LOG_INFO : LOG_WARNING;
}

class FileSink : public LogSink {
public:
    explicit FileSink(std::string path) : path_(std::move(path)) {}

    Result<void> send(const AuditLine& line) override {
        TRY(follow_path());
        const std::string text = line.text + '\n';
        const ssize_t written = ::write(file_.number(), text.data(), text.size());
        if (written == std::ssize(text)) return {};
        const int why = written < 0 ? errno : ENOSPC;
        struct stat now {};
        if (written > 0 && ::fstat(file_.number(), &now) == 0 && S_ISREG(now.st_mode) &&
            ::ftruncate(file_.number(), now.st_size - written) != 0)
            return cannot_ship("take back half of a line from", path_);
        errno = why;
        return cannot_ship("write", path_);
    }

private:
    // Whoever rotates the file moves it away; the next line begins a new one.
    Result<void> follow_path() {
        struct stat here {};
        struct stat there {};
        if (file_ && ::fstat(file_.number(), &here) == 0 && ::stat(path_.c_str(), &there) == 0 &&
            here.st_ino == there.st_ino && here.st_dev == there.st_dev)
            return {};
        constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
        file_ = Descriptor(::open(path_.c_str(), flags, 0600));
        if (!file_) return cannot_ship("open", path_);
        return {};
    }

    const std::string path_;
    Descriptor file_;
};

class SyslogSink : public LogSink {
public:
    explicit SyslogSink(std::string path) : path_(std::move(path)) {}

    Result<void> send(const AuditLine& line) override {
        if (!socket_) TRY(connect());
        std::string message = syslog_message(line);
        if (sent(message)) return {};
        if (errno == EMSGSIZE) {
            message = printable(message, cut_bytes);
            if (sent(message)) return {};
        }
        const Error error = cannot_ship("send to", path_);
        socket_ = Descriptor();  // the daemon may have been started again
        return error;
    }

private:
    bool sent(const std::string& message) const {
        return ::send(socket_.number(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    }

    Result<void> connect() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path_.size() >= sizeof address.sun_path)
            return Error{Fault::invalid, "the path of the syslog socket is too long: " + path_};
        std::memcpy(address.sun_path, path_.data(), path_.size());
        Descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (::connect(made.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return cannot_ship("reach syslog at", path_);
        socket_ = std::move(made);
        return {};
    }

    const std::string path_;
    Descriptor socket_;
};

class JournalSink : public LogSink {
public:
    Result<void> send(const AuditLine& line) override {
        // libsystemd says nothing when there is no journal.
        if (::access(journal_socket, F_OK) != 0) return cannot_ship("reach the journal at", journal_socket);
        std::vector<std::string> fields = journal_fields(line);
        std::vector<iovec> parts;
        parts.reserve(fields.size());
        for (std::string& field : fields) parts.push_back({field.data(), field.size()});
        const int sent = ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
        if (sent == 0) return {};
        errno = -sent;
        return cannot_ship("write to", "the journal");
    }
};

// "Jan  2 03:04:05", from 2026-01-02T03:04:05.000Z.
std::string syslog_time(const std::string& time) {
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto instant = formats::parse_extended_time(time).value_or(Instant());
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(instant - day));
    return fmt::format("{} {:2} {:02}:{:02}:{:02}", months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

std::string field_name(std::string_view member) {
    std::string name = "COUNTERSIGN_";
    for (const char c : member) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::string text_of(const std::string& value) {
    return value;
}
std::string text_of(std::int64_t value) {
    return value == 0 ? std::string() : std::to_string(value);
}
std::string text_of(Decision decision) {
    return std::string(name_of(decision));
}

}  // namespace

std::string syslog_message(const AuditLine& line) {
    return fmt::format("<{}>{} countersign[{}]: {}", LOG_AUTHPRIV | severity_of(line.entry),
                       syslog_time(line.entry.time), ::getpid(), line.text);
}

std::vector<std::string> journal_fields(const AuditLine& line) {
    std::vector<std::string> fields = {
        "MESSAGE=" + line.text, fmt::format("PRIORITY={}", severity_of(line.entry)),
        fmt::format("SYSLOG_FACILITY={}", LOG_FAC(LOG_AUTHPRIV)), "SYSLOG_IDENTIFIER=countersign"};
    using Members = boost::describe::describe_members<LoginEntry, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](auto member) {
        const std::string value = text_of(line.entry.*member.pointer);
        if (!value.empty()) fields.push_back(field_name(member.name) + '=' + value);
    });
    return fields;
}

Result<std::unique_ptr<LogSink>> make_sink(std::string_view destination) {
    const std::size_t colon = destination.find(':');
    const std::string_view kind = destination.substr(0, colon);
    const std::string path(colon == std::string_view::npos ? "" : destination.substr(colon + 1));
    std::unique_ptr<LogSink> sink;
    if (kind == "file" && path.starts_with('/')) sink = std::make_unique<FileSink>(path);
    if (kind == "syslog" && (colon == std::string_view::npos || path.starts_with('/')))
        sink = std::make_unique<SyslogSink>(path.empty() ? std::string(syslog_socket) : path);
    if (destination == "journald") sink = std::make_unique<JournalSink>();
    if (sink == nullptr)
        return Error{Fault::invalid,
                     fmt::format("--audit-to {}: syslog, journald or file:/PATH", destination)};
    return sink;
}

}  // namespace countersign::audit
