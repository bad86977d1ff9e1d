#include "cli/logins.h"

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>
#include <thread>

#include "agent/login_log.h"
#include "base/text.h"
#include "formats/record.h"

namespace countersign::cli {

namespace {

constexpr auto follow_pause = std::chrono::milliseconds(200);

// Who signed: the ARN without its first, constant part; the access key when the signature was not right.
std::string who(const agent::LoginEntry& entry) {
    if (!entry.principal_arn.empty()) return entry.principal_arn;
    return entry.access_key_id.empty() ? "-" : entry.access_key_id;
}

std::string row(const agent::LoginEntry& entry) {
    const std::string outcome =
        entry.decision == "allowed" ? "allowed" : "REFUSED " + entry.check + ": " + entry.reason;
    return fmt::format("{}  {}  {:<16}  {:<16}  {:<15}  {}  {}", entry.time, entry.login_id, entry.database,
                       json_escaped(entry.user), entry.source_address.empty() ? "-" : entry.source_address,
                       who(entry), outcome);
}

std::string shown(const std::string& line, const LoginsOptions& options) {
    if (options.json) return line;
    const auto entry = formats::from_record<agent::LoginEntry>(line);
    return entry ? row(*entry) : "(a damaged line)";
}

// The whole lines that there are now; a line still being written stays for the next call.
std::deque<std::string> whole_lines(std::ifstream& in, std::size_t lines_max) {
    std::deque<std::string> lines;
    for (std::streampos begin = in.tellg();; begin = in.tellg()) {
        std::string line;
        if (!std::getline(in, line) || in.eof()) {
            in.clear();
            in.seekg(begin);
            return lines;
        }
        lines.push_back(std::move(line));
        if (lines_max != 0 && lines.size() > lines_max) lines.pop_front();
    }
}

}  // namespace

Result<void> show_logins(const std::filesystem::path& log, const LoginsOptions& options, std::ostream& out) {
    std::ifstream in(log, std::ios::binary);
    if (!in)
        return Error{Fault::not_found,
                     "cannot read " + log.string() + "; name the server's directory with --data-dir"};
    if (!options.json)
        out << fmt::format("{:<24}  {:<16}  {:<16}  {:<16}  {:<15}  {}\n", "TIME", "LOGIN", "DATABASE",
                           "USER", "FROM", "WHO AND OUTCOME");
    for (std::size_t lines_max = options.lines_max;; lines_max = 0) {
        for (const std::string& line : whole_lines(in, lines_max)) out << shown(line, options) << '\n';
        out.flush();
        if (!options.follow || !out) return {};
        std::this_thread::sleep_for(follow_pause);
    }
}

}  // namespace countersign::cli
