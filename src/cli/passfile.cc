#include "cli/passfile.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "cli/daemon_options.h"
#include "cli/login_source.h"
#include "cli/output.h"
#include "cli/user_unit.h"
#include "client/credentials/profiles.h"
#include "formats/iso_time.h"
#include "passfile/keeper.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct PassfileArgs {
    std::vector<std::string> databases;
    ConnectionRequest request;
    std::string file;
    bool keep = false;
    bool print_unit = false;
    bool json = false;
    LogLevel log_level = LogLevel::info;
};

// As libpq finds it.
Result<Path> find_file(const std::string& given) {
    const client::Environment environment = client::process_environment();
    std::string file = given.empty() ? client::value_of(environment, "PGPASSFILE") : given;
    if (!file.empty()) return std::filesystem::absolute(file);
    const std::string home = client::home_of(environment);
    if (home.empty()) return Error{Fault::invalid, "there is no home directory; say --file FILE"};
    return Path(home) / ".pgpass";
}

Result<passfile::FreshLine> fresh_line(LoginSource& source) {
    const Signable signable = TRY(source.find());
    const sigv4::TokenTarget& target = signable.target;
    const passfile::Place place{target.host, target.port, source.request().dbname, target.db_user};
    TRY(passfile::check_place(place));
    DatabaseToken token = sign(signable, SystemClock().now());
    return passfile::FreshLine{{place, std::move(token.text)}, token.good_until};
}

std::vector<passfile::LineSource> sources_of(const CommandLine& line, const PassfileArgs& words) {
    std::vector<passfile::LineSource> sources;
    for (const std::string& database : words.databases) {
        ConnectionRequest request = words.request;
        request.database = database;
        const auto source = std::make_shared<LoginSource>(line.data_dir, std::move(request));
        sources.push_back({database, [source] { return fresh_line(*source); }});
    }
    return sources;
}

// The token is whole in the file or not there at all: the command may end at any other moment, and has done
// what it should where it was to go on until then.
class EndingSignals {
public:
    explicit EndingSignals(bool are_expected) {
        ::sigemptyset(&ending_);
        for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
            ::sigaddset(&ending_, number);
            if (are_expected) ::signal(number, [](int) { ::_exit(0); });
        }
    }
    void hold() const { ::pthread_sigmask(SIG_BLOCK, &ending_, nullptr); }
    void release() const { ::pthread_sigmask(SIG_UNBLOCK, &ending_, nullptr); }

private:
    sigset_t ending_{};
};

// Shows what was written, once, and tells of failures.
class Reporter : public passfile::KeeperListener {
public:
    Reporter(const Path& file, const PassfileArgs& words)
        : file_(file), log_(words.log_level), keep_(words.keep), signals_(words.keep) {}

    void renewed(const passfile::LineSource& source, const passfile::FreshLine& fresh) override {
        const std::string until = formats::second_time(fresh.good_until);
        if (!is_ready_) {
            std::erase_if(shown_, [&](const Row& row) { return row.database == source.name; });
            shown_.push_back({source.name, fresh.line.place, until});
        }
        if (keep_) log_.debug("passfile.renewed", {{"database", source.name}, {"until", until}});
    }
    void failed(const passfile::LineSource& source, const Error& error, std::chrono::seconds next_attempt,
                std::optional<Instant> good_until) override {
        if (!keep_) return;
        const std::string until = good_until ? formats::second_time(*good_until) : "";
        log_.warn("passfile.failed", {{"database", source.name},
                                      {"error", error.message},
                                      {"next_attempt_seconds", next_attempt.count()},
                                      {"line_good_until", until}});
        ::sd_notify(0, fmt::format("STATUS={}: {}", source.name, printable(error.message)).c_str());
        has_failed_ = true;
    }
    void restored() override { log_.info("passfile.restored", {{"file", file_.string()}}); }
    void begin_write() override { signals_.hold(); }
    void end_write() override { signals_.release(); }

    // Every line is in the file.
    void complete(bool as_json) {
        if (!is_ready_) {
            as_json ? print_document() : print_table();
            flush_output();
            if (keep_) ::sd_notify(0, "READY=1");
        }
        is_ready_ = true;
    }
    // Nothing failed in the last round.
    void well() {
        if (!has_failed_) return;
        log_.info("passfile.well", {{"file", file_.string()}});
        ::sd_notify(0, "STATUS=");
        has_failed_ = false;
    }

private:
    struct Row {
        std::string database;
        passfile::Place place;
        std::string until;
    };

    void print_table() const {
        for (const Row& row : shown_)
            print_line("{}:{} as {} until {}, in {}", row.place.host, row.place.port, row.place.user,
                       row.until, file_.string());
    }
    void print_document() const {
        json::array lines;
        for (const Row& row : shown_)
            lines.push_back(json::object{{"database", row.database},
                                         {"host", row.place.host},
                                         {"port", row.place.port},
                                         {"dbname", row.place.database},
                                         {"user", row.place.user},
                                         {"until", row.until}});
        print_json(json::object{{"file", file_.string()}, {"lines", std::move(lines)}});
    }

    const Path file_;
    const Log log_;
    const bool keep_;
    const EndingSignals signals_;
    std::vector<Row> shown_;
    bool is_ready_ = false;
    bool has_failed_ = false;
};

// What waiting does not mend. Once the lines are there, everything may be mended by others.
bool ends_the_start(const Error& error) {
    return error.fault == Fault::invalid || error.fault == Fault::denied || error.fault == Fault::not_found;
}

Result<void> keep_lines(passfile::Keeper& keeper, Reporter& reporter, bool as_json) {
    constexpr auto between_looks = std::chrono::seconds(1);
    while (true) {
        Result<void> done = keeper.step();
        if (!done && !keeper.is_complete() && ends_the_start(done.error())) return done;
        if (keeper.is_complete()) reporter.complete(as_json);
        if (keeper.is_well()) reporter.well();
        std::this_thread::sleep_for(between_looks);
    }
}

Result<void> write_lines(const CommandLine& line, const PassfileArgs& words) {
    const Path file = TRY(find_file(words.file));
    TRY(passfile::check_file(file));
    ::prctl(PR_SET_DUMPABLE, 0);  // tokens and credentials in no core file
    const SystemClock clock;
    Reporter reporter(file, words);
    passfile::Keeper keeper(file, sources_of(line, words), clock, reporter);
    if (words.keep) return keep_lines(keeper, reporter, words.json);
    TRY(keeper.step());
    reporter.complete(words.json);
    return {};
}

Result<void> print_unit(const CommandLine& line, const PassfileArgs& words) {
    std::vector<std::string> arguments{"passfile", "--keep", "--user", words.request.user};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) arguments.insert(arguments.end(), {name, value});
    };
    if (!line.data_dir.empty()) add("--data-dir", std::filesystem::absolute(line.data_dir).string());
    add("--file", TRY(find_file(words.file)).string());
    if (words.request.dbname != passfile::any_database) add("--dbname", words.request.dbname);
    add("--region", words.request.region);
    add("--profile", words.request.profile);
    arguments.insert(arguments.end(), words.databases.begin(), words.databases.end());
    const UserUnit unit{
        fmt::format("Countersign: password of {} for {}", words.request.user, joined(words.databases, ", ")),
        "countersign-passfile", std::move(arguments)};
    print_lines(TRY(text_of(unit, own_program(), client::process_environment())));
    return {};
}

}  // namespace

void add_passfile(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<PassfileArgs>();
    words->request.dbname = passfile::any_database;
    CLI::App& command = *app.add_subcommand(
        "passfile", "writes a token into libpq's password file, for tools that read it, and keeps it fresh");
    add_data_dir(command, line);
    command
        .add_option(
            "databases", words->databases,
            "identifiers of clusters or instances, names of poolers; or HOST:PORT, where no server is to be "
            "asked for it")
        ->type_name("DATABASE")
        ->required();
    command.add_option("--user,-U", words->request.user, "the database user")->required();
    command
        .add_option("--dbname,-d", words->request.dbname,
                    "the database in it that the line is for; *: every one")
        ->capture_default_str();
    command.add_option("--file", words->file, "the password file (default: $PGPASSFILE, else ~/.pgpass)");
    command.add_option("--region", words->request.region, "region of the databases");
    command.add_option("--profile", words->request.profile, "profile of the shared AWS configuration files");
    command.add_flag(
        "--keep", words->keep,
        "go on, with a new token every 5 minutes, until SIGTERM or SIGINT; tells systemd when it is "
        "ready");
    CLI::Option* const unit = command.add_flag(
        "--print-unit", words->print_unit, "print a systemd user unit that does that, with these options");
    command.add_flag("--json", words->json, "what was written as JSON")->excludes(unit);
    add_log_level(command, words->log_level);
    command.footer(
        "Other lines and comments of the file stay as they are. A line lets in for at most 15 minutes "
        "whoever reads "
        "it.");
    on_chosen(command, line, [&line, words] {
        return words->print_unit ? print_unit(line, *words) : write_lines(line, *words);
    });
}

}  // namespace countersign::cli
