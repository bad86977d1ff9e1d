#include "cli/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <iostream>
#include <memory>
#include <thread>

#include "agent/log_files.h"
#include "agent/log_verify.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/data_dir.h"
#include "cli/paint.h"
#include "formats/iso_time.h"
#include "formats/record.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;
namespace json = formats::json;
using agent::LineReader;
using agent::Link;
using agent::LoginEntry;
using agent::OpenFile;

constexpr auto follow_pause = std::chrono::milliseconds(200);

struct Words {
    bool follow = false;
    bool json = false;
    std::size_t lines_max = 0;  // only the newest ones; 0: all
    std::string database;
    std::string user;
    std::string principal;
    std::string decision;
    std::string since;
    std::string login_id;
    std::vector<std::string> files;
    std::vector<std::string> expected;
};

// 2026-01-31, 2026-01-31T12:00:00Z, or so long ago: 90s, 30m, 12h, 7d.
Result<std::string> since_time(const std::string& text) {
    if (text.empty()) return std::string();
    if (const auto time = formats::parse_extended_time(text)) return formats::extended_time(*time);
    static constexpr std::array units = {std::pair('s', 1L), std::pair('m', 60L), std::pair('h', 3600L),
                                         std::pair('d', 86400L)};
    const auto* const unit = std::ranges::find(units, text.back(), &std::pair<char, long>::first);
    const auto number = parse_number<std::uint32_t>(text.substr(0, text.size() - 1));
    if (unit == units.end() || !number)
        return Error{Fault::invalid,
                     fmt::format("--since {}: a time as in 2026-01-31T12:00:00Z, or 30m, 12h, 7d", text)};
    return formats::extended_time(SystemClock().now() - std::chrono::seconds(*number * unit->second));
}

// An ARN, the name at its end, or an access key.
bool is_principal(const LoginEntry& entry, const std::string& name) {
    return entry.principal_arn == name || entry.principal_arn.ends_with('/' + name) ||
           entry.access_key_id == name || (!entry.session_name.empty() && entry.session_name == name);
}

struct Filter {
    const Words& words;
    std::string since;

    bool lets_through(const LoginEntry& entry) const {
        const auto fits = [](const std::string& asked, const std::string& is) {
            return asked.empty() || asked == is;
        };
        return (fits(words.database, entry.database) || words.database == entry.resource_id) &&
               fits(words.user, entry.user) && fits(words.decision, entry.decision) &&
               (words.principal.empty() || is_principal(entry, words.principal)) && entry.time >= since;
    }
};

// Who signed; the access key when the signature was not right.
std::string who(const LoginEntry& entry) {
    if (!entry.principal_arn.empty()) return entry.principal_arn;
    return entry.access_key_id.empty() ? "-" : entry.access_key_id;
}

std::string outcome(const LoginEntry& entry) {
    if (entry.decision == "allowed") return painted(entry.decision, Paint::good);
    if (entry.decision == "refused")
        return painted("REFUSED", Paint::bad) + " " + entry.check + ": " + entry.reason;
    return entry.decision + (entry.reason.empty() ? "" : ": " + entry.reason);
}

std::string row(const LoginEntry& entry) {
    if (entry.decision == "noted") return fmt::format("{}  {}", entry.time, outcome(entry));
    return fmt::format("{}  {}  {:<16}  {:<16}  {:<15}  {}  {}", entry.time, entry.login_id, entry.database,
                       json_escaped(entry.user), entry.source_address.empty() ? "-" : entry.source_address,
                       who(entry), outcome(entry));
}

// Nothing for a line that is not asked for.
std::optional<std::string> shown(const std::string& line, const Filter& filter) {
    const auto entry = formats::from_record<LoginEntry>(line);
    if (entry && !filter.lets_through(*entry)) return std::nullopt;
    if (filter.words.json) return line;
    return entry ? row(*entry) : "(a damaged line)";
}

Result<std::vector<OpenFile>> open_log(const fs::path& log) {
    auto files = agent::open_all(log);
    if (files) return files;
    return Error{files.error().fault,
                 files.error().message + "; name the server's directory with --data-dir"};
}

// The number of the newest line that was read.
struct Progress {
    std::uint64_t seq = 0;

    bool is_new(const std::string& line) {
        const auto mark = agent::mark_of(line);
        if (mark && mark->seq <= seq) return false;
        if (mark) seq = mark->seq;
        return true;
    }
};

void print_all(std::vector<OpenFile>& files, const Filter& filter, Progress& progress) {
    for (OpenFile& file : files)
        for (std::string line; file.reader.next(line);) {
            if (!progress.is_new(line)) continue;
            if (const auto text = shown(line, filter)) std::cout << *text << '\n';
        }
}

// Reads from the newest file back, and no further than needed.
void print_newest(std::vector<OpenFile>& files, const Filter& filter, Progress& progress) {
    std::deque<std::string> newest;
    for (auto file = files.rbegin(); file != files.rend() && newest.size() < filter.words.lines_max; ++file) {
        const std::size_t wanted = filter.words.lines_max - newest.size();
        Progress of_file;
        std::deque<std::string> found;
        for (std::string line; file->reader.next(line);) {
            of_file.is_new(line);
            if (auto text = shown(line, filter)) found.push_back(*std::move(text));
            if (found.size() > wanted) found.pop_front();
        }
        newest.insert(newest.begin(), found.begin(), found.end());
        progress.seq = std::max(progress.seq, of_file.seq);
    }
    for (const std::string& text : newest) std::cout << text << '\n';
}

// Goes on with what is appended; after a rotation, with what is new in any file.
void follow(const fs::path& log, OpenFile last, const Filter& filter, Progress progress) {
    std::vector<OpenFile> current;
    current.push_back(std::move(last));
    while (std::cout.flush()) {
        std::this_thread::sleep_for(follow_pause);
        const bool rotated = !current.back().reader.still_at(log);
        print_all(current, filter, progress);
        if (!rotated) continue;
        auto files = agent::open_all(log);
        if (!files) continue;
        print_all(*files, filter, progress);
        current.clear();
        current.push_back(std::move(files->back()));
    }
}

Result<void> show_logins(const Line& line, const Words& words) {
    const DataDir dir = TRY(locate_data_dir(line.data_dir));
    std::string since = TRY(since_time(words.since));
    const Filter filter{words, std::move(since)};
    std::vector<OpenFile> files = TRY(open_log(dir.login_log()));
    if (!words.json)
        std::cout << fmt::format("{:<24}  {:<16}  {:<16}  {:<16}  {:<15}  {}\n", "TIME", "LOGIN", "DATABASE",
                                 "USER", "FROM", "WHO AND OUTCOME");
    Progress progress;
    if (words.lines_max == 0)
        print_all(files, filter, progress);
    else
        print_newest(files, filter, progress);
    std::cout.flush();
    if (words.follow) follow(dir.login_log(), std::move(files.back()), filter, progress);
    return {};
}

void print_members(const std::string& line) {
    const auto parsed = formats::parse_json(line);
    if (!parsed || !parsed->is_object()) return;
    for (const auto& member : parsed->get_object()) {
        const std::string value = member.value().is_string()
                                      ? json_escaped(std::string(member.value().get_string()))
                                      : json::serialize(member.value());
        std::cout << fmt::format("{:<18}{}\n", std::string(member.key()) + ':', value.empty() ? "-" : value);
    }
}

Result<void> show_login(const Line& line, const Words& words) {
    const DataDir dir = TRY(locate_data_dir(line.data_dir));
    std::vector<OpenFile> files = TRY(open_log(dir.login_log()));
    std::size_t found = 0;
    for (OpenFile& file : files)
        for (std::string text; file.reader.next(text);) {
            if (text.find(words.login_id) == std::string::npos) continue;
            const auto entry = formats::from_record<LoginEntry>(text);
            if (!entry || entry->login_id != words.login_id) continue;
            if (words.json)
                std::cout << text << '\n';
            else
                (std::cout << (found == 0 ? "" : "\n"), print_members(text));
            ++found;
        }
    if (found > 0) return {};
    return Error{Fault::not_found, fmt::format("no login {} in {}; countersign logins lists them",
                                               json_escaped(words.login_id), dir.login_log().string())};
}

Result<std::vector<Link>> expected_links(const Words& words) {
    std::vector<Link> links;
    for (const std::string& text : words.expected) {
        const auto link = agent::parse_link(text);
        if (!link) return Error{Fault::invalid, fmt::format("--expect {}: not SEQ:HASH", text)};
        links.push_back(*link);
    }
    return links;
}

Result<std::vector<OpenFile>> open_files(const std::vector<std::string>& names) {
    std::vector<OpenFile> files;
    for (const std::string& name : names) {
        LineReader reader = TRY(LineReader::open(name));
        files.push_back({name, std::move(reader)});
    }
    return files;
}

std::string text_of(const agent::Finding& finding) {
    return fmt::format("{}, line {}: {}", finding.file.string(), finding.line, json_escaped(finding.what));
}

void print_verification(const agent::Verification& found, bool as_json) {
    const bool whole = found.broken.empty();
    if (as_json) {
        json::array broken;
        for (const agent::Finding& finding : found.broken)
            broken.push_back(json::object{
                {"file", finding.file.string()}, {"line", finding.line}, {"what", finding.what}});
        std::cout << json::object{{"whole", whole},
                                  {"lines", found.lines},
                                  {"first_seq", found.first_seq},
                                  {"first_time", found.first_time},
                                  {"last_time", found.last_time},
                                  {"head", json::object{{"seq", found.end.seq}, {"hash", found.end.hash}}},
                                  {"broken", broken}}
                  << '\n';
        return;
    }
    for (const agent::Finding& remark : found.remarks) std::cout << "note: " << text_of(remark) << '\n';
    for (const agent::Finding& finding : found.broken) std::cout << "BROKEN: " << text_of(finding) << '\n';
    const std::string period =
        found.lines == 0 ? "" : fmt::format(", from {} to {}", found.first_time, found.last_time);
    std::cout << fmt::format("{} lines{}, {}\nhead {}:{}\n", found.lines, period,
                             whole ? "whole" : "not whole", found.end.seq, found.end.hash);
}

// The head and the anchors are read before the files: a server that writes meanwhile only gets ahead of them.
Result<void> verify_logins(const Line& line, const Words& words) {
    const DataDir dir = TRY(locate_data_dir(line.data_dir));
    const bool is_own = words.files.empty();
    const fs::path log = is_own ? dir.login_log() : fs::path(words.files.back());
    std::vector<Link> known = TRY(expected_links(words));
    const std::optional<Link> head = agent::read_head(log);
    if (head) known.push_back(*head);
    std::vector<OpenFile> files = TRY(is_own ? open_log(log) : open_files(words.files));
    agent::Verification found = agent::verify(std::move(files), known);
    for (const Link& link : known)
        if (link.seq < found.first_seq)
            found.broken.push_back({log, 0, fmt::format("line {} is not there any more", link.seq)});
    if (is_own && !head && found.lines > 0)
        found.broken.push_back({agent::head_of(log), 0, "it is missing or unreadable"});
    print_verification(found, words.json);
    if (found.broken.empty()) return {};
    return Error{Fault::conflict, "the audit is not whole: " + text_of(found.broken.front())};
}

void add_show(CLI::App& command, Line& line, const std::shared_ptr<Words>& words) {
    CLI::App& show = *command.add_subcommand("show", "one login in full");
    add_data_dir(show, line);
    show.add_option("login-id", words->login_id, "as the table and PostgreSQL's log name it")->required();
    show.add_flag("--json", words->json, "the JSON line itself");
    on_chosen(show, line, [&line, words] { return show_login(line, *words); });
}

void add_verify(CLI::App& command, Line& line, const std::shared_ptr<Words>& words) {
    CLI::App& verify = *command.add_subcommand("verify", "whether no line was removed, changed or inserted");
    add_data_dir(verify, line);
    verify.add_option("file", words->files, "files to read instead of the server's own, oldest first");
    verify.add_option("--expect", words->expected, "SEQ:HASH that the chain must lead through")
        ->allow_extra_args(false);
    verify.add_flag("--json", words->json, "the findings as JSON");
    on_chosen(verify, line, [&line, words] { return verify_logins(line, *words); });
}

}  // namespace

void add_logins(CLI::App& app, Line& line) {
    const auto words = std::make_shared<Words>();
    CLI::App& command = *app.add_subcommand("logins", "who logged in, who was refused, and why");
    command.require_subcommand(0, 1);
    add_data_dir(command, line);
    command.add_flag("--follow,-f", words->follow, "go on with what happens next");
    command.add_flag("--json", words->json, "the JSON lines themselves");
    command.add_option("--last,-n", words->lines_max, "only the newest N");
    command.add_option("--database", words->database, "only this cluster or instance");
    command.add_option("--user", words->user, "only this database user");
    command.add_option("--principal", words->principal, "only this ARN, name at an ARN's end, or access key");
    command.add_option("--decision", words->decision, "allowed, refused or ended")
        ->check(CLI::IsMember({"allowed", "refused", "ended"}));
    command.add_option("--since", words->since, "a time, as in 2026-01-31T12:00:00Z, or 30m, 12h, 7d ago");
    add_show(command, line, words);
    add_verify(command, line, words);
    command.callback([&line, &command, words] {
        if (command.get_subcommands().empty())
            line.action = [&line, words] { return show_logins(line, *words); };
    });
}

}  // namespace countersign::cli
