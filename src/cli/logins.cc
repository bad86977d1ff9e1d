#include "cli/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/mp11.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <thread>

#include "audit/files.h"
#include "audit/verify.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/output.h"
#include "client/data_dir.h"
#include "formats/iso_time.h"
#include "formats/json.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;
namespace json = formats::json;
using audit::ChainHead;
using audit::LineReader;
using audit::LoginEntry;
using audit::OpenFile;

constexpr auto follow_pause = std::chrono::milliseconds(200);

struct LoginsArgs {
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
    const LoginsArgs& words;
    std::string since;

    bool lets_through(const LoginEntry& entry) const {
        const auto fits = [](const std::string& asked, const std::string& is) {
            return asked.empty() || asked == is;
        };
        return (fits(words.database, entry.database) || words.database == entry.resource_id) &&
               fits(printable(words.user, limits::recorded_name_bytes_max), entry.user) &&
               fits(words.decision, std::string(name_of(entry.decision))) &&
               (words.principal.empty() || is_principal(entry, words.principal)) && entry.time >= since;
    }
};

// Who signed; the access key when the signature was not right.
std::string who(const LoginEntry& entry) {
    if (!entry.principal_arn.empty()) return entry.principal_arn;
    return entry.access_key_id.empty() ? "-" : entry.access_key_id;
}

Shown outcome(const LoginEntry& entry) {
    if (entry.decision == audit::Decision::allowed) return painted(name_of(entry.decision), Paint::good);
    if (entry.decision == audit::Decision::refused)
        return compose("{} {}: {}", painted("REFUSED", Paint::bad), entry.check, entry.reason);
    return compose("{}{}{}", name_of(entry.decision), entry.reason.empty() ? "" : ": ", entry.reason);
}

Shown login_row(const LoginEntry& entry) {
    if (entry.decision == audit::Decision::noted)
        return entry.database.empty()
                   ? compose("{}  {}", cell(entry.time), outcome(entry))
                   : compose("{}  {}  {}", cell(entry.time), cell(entry.database), outcome(entry));
    return compose("{}  {}  {:<16}  {:<16}  {:<15}  {}  {}", cell(entry.time), cell(entry.login_id),
                   cell(entry.database), cell(entry.user), cell(entry.source_address), cell(who(entry)),
                   outcome(entry));
}

// A file of the audit and how many of its lines have been read.
struct Reading {
    OpenFile open;
    std::uint64_t lines = 0;

    bool next(std::string& line) {
        if (!open.reader.next(line)) return false;
        ++lines;
        return true;
    }
};

// Of a line that nobody can read it is told where it stands and how it begins.
Shown unreadable(const Reading& at, std::string_view line, bool as_json) {
    constexpr std::size_t beginning_bytes_max = 80;
    const std::string file = at.open.path.filename().string();
    const std::string beginning = printable(line, beginning_bytes_max);
    if (!as_json)
        return compose("{} line {} of {}, {} bytes: {}", painted("UNREADABLE", Paint::bad), at.lines, file,
                       line.size(), cell(beginning));
    return Composer::json(json::serialize(json::object{
        {"unreadable",
         json::object{{"file", file}, {"line", at.lines}, {"bytes", line.size()}, {"begins", beginning}}}}));
}

// Nothing for a line that is not asked for.
std::optional<Shown> shown(const Reading& at, const std::string& line, const Filter& filter) {
    const auto entry = audit::entry_in(line);
    if (!entry) return unreadable(at, line, filter.words.json);
    if (!filter.lets_through(*entry)) return std::nullopt;
    return filter.words.json ? Composer::json(line) : login_row(*entry);
}

Result<std::vector<OpenFile>> open_log(const fs::path& log) {
    auto files = audit::open_all(log);
    if (files) return files;
    return Error{files.error().fault,
                 files.error().message + "; name the server's directory with --data-dir"};
}

Result<std::vector<Reading>> begin_reading(const fs::path& log) {
    std::vector<Reading> readings;
    for (OpenFile& file : TRY(open_log(log))) readings.push_back({std::move(file)});
    return readings;
}

void print_rest(Reading& file, const Filter& filter) {
    for (std::string line; file.next(line);)
        if (const auto text = shown(file, line, filter)) print_line(*text);
}

// Reads from the newest file back, and no further than needed.
void print_newest(std::vector<Reading>& files, const Filter& filter) {
    std::deque<Shown> newest;
    for (auto file = files.rbegin(); file != files.rend() && newest.size() < filter.words.lines_max; ++file) {
        const std::size_t wanted = filter.words.lines_max - newest.size();
        std::deque<Shown> found;
        for (std::string line; file->next(line);) {
            if (auto text = shown(*file, line, filter)) found.push_back(*std::move(text));
            if (found.size() > wanted) found.pop_front();
        }
        newest.insert(newest.begin(), found.begin(), found.end());
    }
    for (const Shown& text : newest) print_line(text);
}

// The files after the one that was read so far, wherever it lies now; when it is no more, the newest.
std::vector<Reading> begun_after(const Reading& before, std::vector<Reading> files) {
    const auto place = std::ranges::find_if(
        files, [&](const Reading& file) { return before.open.reader.still_at(file.open.path); });
    files.erase(files.begin(), place == files.end() ? files.end() - 1 : place + 1);
    return files;
}

// Goes on with what is appended and, after a rotation, with the files that were begun since.
void follow(const fs::path& log, Reading current, const Filter& filter) {
    while (flush_output()) {
        std::this_thread::sleep_for(follow_pause);
        const bool rotated = !current.open.reader.still_at(log);
        print_rest(current, filter);
        if (!rotated) continue;
        Result<std::vector<Reading>> files = begin_reading(log);
        if (!files) continue;
        std::vector<Reading> newer = begun_after(current, *std::move(files));
        for (Reading& file : newer) print_rest(file, filter);
        if (!newer.empty()) current = std::move(newer.back());
    }
}

Result<void> show_logins(const CommandLine& line, const LoginsArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    std::string since = TRY(since_time(words.since));
    const Filter filter{words, std::move(since)};
    std::vector<Reading> files = TRY(begin_reading(dir.login_log()));
    if (!words.json)
        print_line("{:<24}  {:<16}  {:<16}  {:<16}  {:<15}  {}", "TIME", "LOGIN", "DATABASE", "USER", "FROM",
                   "WHO AND OUTCOME");
    if (words.lines_max > 0) print_newest(files, filter);
    for (Reading& file : files)
        if (words.lines_max == 0) print_rest(file, filter);
    flush_output();
    if (words.follow) follow(dir.login_log(), std::move(files.back()), filter);
    return {};
}

void print_members(const LoginEntry& entry, const std::string& line) {
    const auto print_member = [](std::string_view name, const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_enum_v<Value>)
            print_line("{:<18}{}", fmt::format("{}:", name), name_of(value));
        else if constexpr (std::is_arithmetic_v<Value>)
            print_line("{:<18}{}", fmt::format("{}:", name), value);
        else
            print_line("{:<18}{}", fmt::format("{}:", name), value.empty() ? "-" : value);
    };
    if (const auto position = audit::position_of(line)) {
        print_member("seq", position->seq);
        print_member("previous", position->previous);
    }
    using Members = boost::describe::describe_members<LoginEntry, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](auto member) { print_member(member.name, entry.*member.pointer); });
}

Result<void> show_login(const CommandLine& line, const LoginsArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    std::vector<Reading> files = TRY(begin_reading(dir.login_log()));
    std::size_t found = 0;
    for (Reading& file : files)
        for (std::string text; file.next(text);) {
            if (text.find(words.login_id) == std::string::npos) continue;
            const auto entry = audit::entry_in(text);
            if (!entry) note_line(unreadable(file, text, false));
            if (!entry || entry->login_id != words.login_id) continue;
            if (!words.json && found > 0) print_line(Shown());
            if (words.json)
                print_json_text(text);
            else
                print_members(*entry, text);
            ++found;
        }
    if (found > 0) return {};
    return Error{Fault::not_found, fmt::format("no login {} in {}; countersign logins lists them",
                                               words.login_id, dir.login_log().string())};
}

Result<std::vector<ChainHead>> expected_links(const LoginsArgs& words) {
    std::vector<ChainHead> links;
    for (const std::string& text : words.expected) {
        const auto link = audit::parse_head(text);
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

std::string text_of(const audit::Finding& finding) {
    return fmt::format("{}, line {}: {}", finding.file.string(), finding.line, finding.what);
}

void print_verification(const audit::Verification& found, bool as_json) {
    const bool whole = found.broken.empty();
    if (as_json) {
        json::array broken;
        for (const audit::Finding& finding : found.broken)
            broken.push_back(json::object{
                {"file", finding.file.string()}, {"line", finding.line}, {"what", finding.what}});
        print_json(json::object{{"whole", whole},
                                {"lines", found.lines},
                                {"first_seq", found.first_seq},
                                {"first_time", found.first_time},
                                {"last_time", found.last_time},
                                {"head", json::object{{"seq", found.end.seq}, {"hash", found.end.hash}}},
                                {"broken", broken}});
        return;
    }
    for (const audit::Finding& remark : found.remarks) print_line("note: {}", text_of(remark));
    for (const audit::Finding& finding : found.broken) print_line("BROKEN: {}", text_of(finding));
    const std::string period =
        found.lines == 0 ? "" : fmt::format(", from {} to {}", found.first_time, found.last_time);
    print_line("{} lines{}, {}\nhead {}:{}", found.lines, period, whole ? "whole" : "not whole",
               found.end.seq, found.end.hash);
}

// The head and the anchors are read before the files: a server that writes meanwhile only gets ahead of them.
Result<void> verify_logins(const CommandLine& line, const LoginsArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    const bool is_own = words.files.empty();
    const fs::path log = is_own ? dir.login_log() : fs::path(words.files.back());
    std::vector<ChainHead> known = TRY(expected_links(words));
    const std::optional<ChainHead> head = audit::read_head(log);
    if (head) known.push_back(*head);
    std::vector<OpenFile> files = TRY(is_own ? open_log(log) : open_files(words.files));
    audit::Verification found = audit::verify(std::move(files), known);
    for (const ChainHead& link : known)
        if (link.seq < found.first_seq)
            found.broken.push_back({log, 0, fmt::format("line {} is not there any more", link.seq)});
    if (is_own && !head && found.lines > 0)
        found.broken.push_back({audit::head_of(log), 0, "it is missing or unreadable"});
    print_verification(found, words.json);
    if (found.broken.empty()) return {};
    return Error{Fault::conflict, "the audit is not whole: " + text_of(found.broken.front())};
}

void add_show(CLI::App& command, CommandLine& line, const std::shared_ptr<LoginsArgs>& words) {
    CLI::App& show = *command.add_subcommand("show", "one login in full");
    add_data_dir(show, line);
    show.add_option("login-id", words->login_id, "as the table and PostgreSQL's log name it")->required();
    show.add_flag("--json", words->json, "the JSON line itself");
    on_chosen(show, line, [&line, words] { return show_login(line, *words); });
}

void add_verify(CLI::App& command, CommandLine& line, const std::shared_ptr<LoginsArgs>& words) {
    CLI::App& verify = *command.add_subcommand("verify", "whether no line was removed, changed or inserted");
    add_data_dir(verify, line);
    verify.add_option("file", words->files, "files to read instead of the server's own, oldest first");
    verify.add_option("--expect", words->expected, "SEQ:HASH that the chain must lead through")
        ->allow_extra_args(false);
    verify.add_flag("--json", words->json, "the findings as JSON");
    on_chosen(verify, line, [&line, words] { return verify_logins(line, *words); });
}

}  // namespace

void add_logins(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<LoginsArgs>();
    CLI::App& command = *app.add_subcommand("logins", "who logged in, who was refused, and why");
    command.require_subcommand(0, 1);
    add_data_dir(command, line);
    command.add_flag("--follow,-f", words->follow, "go on with what happens next");
    command.add_flag("--json", words->json, "the JSON lines themselves");
    command.add_option("--last,-n", words->lines_max, "only the newest N");
    command.add_option("--database", words->database, "only this cluster or instance");
    command.add_option("--user", words->user, "only this database user");
    command.add_option("--principal", words->principal, "only this ARN, name at an ARN's end, or access key");
    command.add_option("--decision", words->decision, "allowed, refused, ended or noted")
        ->check(CLI::IsMember({"allowed", "refused", "ended", "noted"}));
    command.add_option("--since", words->since, "a time, as in 2026-01-31T12:00:00Z, or 30m, 12h, 7d ago");
    add_show(command, line, words);
    add_verify(command, line, words);
    command.callback([&line, &command, words] {
        if (command.get_subcommands().empty())
            line.action = [&line, words] { return show_logins(line, *words); };
    });
}

}  // namespace countersign::cli
