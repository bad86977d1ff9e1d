// Where copies of the audit's lines may go: a file, syslog (RFC 3164 over the socket of the local daemon,
// facility authpriv) or the journal with structured fields. One thread each.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entry.h"
#include "base/result.h"

namespace countersign::audit {

// A line as it is in the audit, and what it was made of.
struct AuditLine {
    std::string text;
    LoginEntry entry;
};

class LogSink {
public:
    virtual ~LogSink() = default;
    // The whole line, or an error. Does not wait for long.
    virtual Result<void> send(const AuditLine& line) = 0;
};

// file:PATH, syslog, syslog:SOCKET (default /dev/log) or journald. Opens nothing yet.
Result<std::unique_ptr<LogSink>> make_sink(std::string_view destination);

// One datagram for the syslog daemon.
std::string syslog_message(const AuditLine& line);

// NAME=value, as the journal stores them: the line, and each member that is not empty.
std::vector<std::string> journal_fields(const AuditLine& line);

}  // namespace countersign::audit
