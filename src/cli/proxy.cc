#include "cli/proxy.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <memory>

#include "base/log.h"
#include "base/mutex.h"
#include "cli/daemon_options.h"
#include "cli/login_source.h"
#include "cli/output.h"
#include "cli/user_unit.h"
#include "proxy/proxy.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct ProxyArgs {
    ConnectionRequest request;
    std::string listen = "127.0.0.1:5433";
    bool print_unit = false;
    bool json = false;
    LogLevel log_level = LogLevel::info;
};

// Signs a token for each connection. Who signs, and for which address, is known for a moment: connections
// that come together do not each ask for it, nor wait one after the other for a server that is away.
class TokenMint : public proxy::LoginMaker {
public:
    TokenMint(std::string data_dir, ConnectionRequest request)
        : source_(std::move(data_dir), std::move(request)) {}

    Result<proxy::ServerLogin> make() override {
        const MutexLock lock(mutex_);
        const Instant now = clock_.now();
        if (!is_fresh(now)) {
            known_ = find();
            found_ = clock_.now();
        }
        if (!*known_) return known_->error();
        const Known& known = **known_;
        const sigv4::TokenTarget& target = known.signable.target;
        DatabaseToken token = sign(known.signable, now, next_lifetime(now));
        return proxy::ServerLogin{
            {target.host, known.authority}, target.port, target.db_user, std::move(token.text)};
    }

    void forget() override {
        const MutexLock lock(mutex_);
        known_.reset();
    }

private:
    struct Known {
        Signable signable;
        std::string authority;
    };

    Result<Known> find() REQUIRES(mutex_) {
        Known known;
        known.signable = TRY(source_.find());
        known.authority = TRY(source_.authority());
        return known;
    }

    bool is_fresh(Instant now) const REQUIRES(mutex_) {
        if (!known_ || now < found_) return false;
        const auto age = now - found_;
        const bool has_ended = *known_ && (*known_)->signable.until && *(*known_)->signable.until <= now;
        return !has_ended && age < (*known_ ? known_for : failure_known_for);
    }

    // Tokens of one second are told apart by how long they are good: a database may take each of them once.
    std::chrono::seconds next_lifetime(Instant now) REQUIRES(mutex_) {
        const auto second = std::chrono::floor<std::chrono::seconds>(now);
        number_ = second == second_ ? number_ + 1 : 0;
        second_ = second;
        return limits::token_lifetime_max - std::chrono::seconds(number_ % lifetimes);
    }

    static constexpr auto known_for = std::chrono::seconds(10);
    static constexpr auto failure_known_for = std::chrono::seconds(1);
    static constexpr int lifetimes = 600;

    const SystemClock clock_;
    Mutex mutex_;
    LoginSource source_ GUARDED_BY(mutex_);
    std::optional<Result<Known>> known_ GUARDED_BY(mutex_);
    Instant found_ GUARDED_BY(mutex_);
    Instant second_ GUARDED_BY(mutex_);
    int number_ GUARDED_BY(mutex_) = 0;
};

// SIGTERM and SIGINT, as something to poll(2) for. Before there are threads.
Result<Descriptor> ending_signals() {
    sigset_t ending;
    ::sigemptyset(&ending);
    ::sigaddset(&ending, SIGTERM);
    ::sigaddset(&ending, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    Descriptor signals(::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) return Error{Fault::internal, "cannot wait for signals"};
    return signals;
}

void announce(const std::vector<proxy::Listener>& listeners, const ProxyArgs& words) {
    json::array names;
    for (const proxy::Listener& listener : listeners) {
        names.emplace_back(listener.name());
        if (!words.json)
            print_line("{} as {} at {}", words.request.database, words.request.user, listener.name());
    }
    if (words.json)
        print_json(json::object{{"listening", std::move(names)},
                                {"database", words.request.database},
                                {"user", words.request.user}});
    flush_output();
    ::sd_notify(0, "READY=1");
}

Result<void> run_proxy(const CommandLine& line, const ProxyArgs& words) {
    const Descriptor ending = TRY(ending_signals());
    std::vector<proxy::Listener> listeners = TRY(proxy::listen_at(words.listen));
    ::prctl(PR_SET_DUMPABLE, 0);  // tokens and credentials in no core file
    const Log log(words.log_level);
    TokenMint mint(line.data_dir, words.request);
    // What a person has to mend is said now, and not to the first client.
    const auto first = mint.make();
    if (!first && first.error().fault != Fault::unavailable) return first.error();
    if (!first) log.warn("proxy.failed", {{"why", first.error().message}});
    announce(listeners, words);
    proxy::Proxy(std::move(listeners), words.request.user, mint, log).run(ending.number());
    ::sd_notify(0, "STOPPING=1");
    return {};
}

Result<void> print_unit(const CommandLine& line, const ProxyArgs& words) {
    std::vector<std::string> arguments{"proxy", "--user", words.request.user, "--listen", words.listen};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) arguments.insert(arguments.end(), {name, value});
    };
    const auto absolute = [](const std::string& path) {
        return path.empty() || path == "system" ? path : std::filesystem::absolute(path).string();
    };
    add("--data-dir", absolute(line.data_dir));
    add("--sslrootcert", absolute(words.request.sslrootcert));
    add("--region", words.request.region);
    add("--profile", words.request.profile);
    arguments.push_back(words.request.database);
    const UserUnit unit{
        fmt::format("Countersign: {} as {} at {}", words.request.database, words.request.user, words.listen),
        "countersign-proxy", std::move(arguments)};
    print_lines(TRY(text_of(unit, own_program(), client::process_environment())));
    return {};
}

}  // namespace

void add_proxy(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<ProxyArgs>();
    CLI::App& command = *app.add_subcommand(
        "proxy", "a local address at which one's own programs are a database user, without a password");
    add_data_dir(command, line);
    ConnectionRequest& request = words->request;
    command
        .add_option("database", request.database,
                    "identifier of the cluster or instance, or a pooler's name; or HOST:PORT, where no "
                    "server is to be "
                    "asked for it")
        ->required();
    command.add_option("--user,-U", request.user, "the database user")->required();
    command
        .add_option(
            "--listen", words->listen,
            "loopback HOST:PORT, or an absolute DIR[:PORT] for a socket in it, that its own user alone may "
            "open")
        ->capture_default_str();
    command.add_option("--region", request.region, "region of the database");
    command.add_option("--profile", request.profile, "profile of the shared AWS configuration files");
    command.add_option(
        "--sslrootcert", request.sslrootcert,
        "PEM file of who vouches for the server, or system; needed for poolers, attached servers and "
        "HOST:PORT, and where there is no data directory");
    CLI::Option* const unit = command.add_flag(
        "--print-unit", words->print_unit, "print a systemd user unit that does this, with these options");
    command.add_flag("--json", words->json, "say as JSON where it listens")->excludes(unit);
    add_log_level(command, words->log_level);
    command.footer(
        "Each connection is opened with a token of its own over verified TLS. Clients connect without TLS "
        "and without "
        "a\npassword; processes of other users of the machine are refused.");
    on_chosen(command, line, [&line, words] {
        return words->print_unit ? print_unit(line, *words) : run_proxy(line, *words);
    });
}

}  // namespace countersign::cli
