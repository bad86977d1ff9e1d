// An agent in a program of its own, for servers that the benchmark starts: everything that answers a login is
// the product's, and the one access key is made here. Prints a token for each server, and lives until its
// standard input ends.
#include "agent/agent.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "audit/log.h"
#include "formats/iso_time.h"
#include "sigv4/token.h"

namespace countersign::bench {
namespace {

constexpr const char* region = "us-east-1";
constexpr const char* account = "123456789012";

[[noreturn]] void fail(const std::string& why) {
    fmt::print(stderr, "bench_agent: {}\n", why);
    std::exit(1);
}

// One access key that may log in anywhere, as `user`.
class OneRecord : public agent::RecordSource {
public:
    OneRecord(const sigv4::Credentials& key, const std::string& user, Instant now) {
        const std::string resource = fmt::format("arn:aws:rds-db:{}:{}:dbuser:*/{}", region, account, user);
        const std::string document = fmt::format(
            R"({{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"rds-db:connect","Resource":"{}"}}}})",
            resource);
        auto principal = std::make_shared<login::Principal>();
        principal->arn = fmt::format("arn:aws:iam::{}:user/{}", account, user);
        principal->account = account;
        principal->policies.identity.push_back({"bench", *policy::parse(document)});
        principal->context = {{"aws:username", {user}}, {"aws:principalarn", {principal->arn}}};
        auto record = std::make_shared<login::LoginRecord>();
        record->active = true;
        record->scope = {formats::basic_date(now), region, "rds-db"};
        record->signing_key = sigv4::derive_key(key.secret_access_key, record->scope);
        record->principal = std::move(principal);
        record_ = std::move(record);
    }

    Result<std::shared_ptr<const login::LoginRecord>> find(const login::ClaimedKey&) override {
        return record_;
    }

private:
    std::shared_ptr<const login::LoginRecord> record_;
};

// Whose files these are, whose server it is.
databases::ServerView view_of(const std::string& data_directory, const std::string& socket,
                              std::uint16_t port) {
    struct stat status = {};
    if (::stat(data_directory.c_str(), &status) != 0) fail("no directory " + data_directory);
    databases::ServerView view;
    view.resource_id = fmt::format("db-BENCH{}", port);
    view.account = account;
    view.region = region;
    view.kind = databases::Kind::instance;
    view.identifier = fmt::format("bench-{}", port);
    view.endpoints = {{"localhost", port}};
    view.iam_enabled = true;
    view.data_directory = data_directory;
    view.owner = status.st_uid;
    view.agent_socket = socket;
    return view;
}

struct Plan {
    std::string log;
    std::string user;
    std::vector<std::string> data_directories;
    std::vector<std::string> sockets;
    std::vector<std::uint16_t> ports;
};

void run(const Plan& plan) {
    const SystemClock clock;
    crypto::SystemRandom random;
    const Log log(LogLevel::error);
    const sigv4::Credentials key{"AKIABENCHBENCHBENCHB", Secret(crypto::random_uuid(random)), ""};
    OneRecord records(key, plan.user, clock.now());
    Result<audit::LoginLog> file = audit::LoginLog::open(plan.log);
    if (!file) fail(file.error().message);
    const audit::Audit audit(*file, {});
    agent::Options options;
    options.sessions_file = plan.log + ".sessions";
    agent::Agent agent({records, clock, random, log, audit}, std::move(options));
    if (const Result<void> started = agent.start(); !started) fail(started.error().message);
    for (std::size_t i = 0; i < plan.ports.size(); ++i) {
        const databases::ServerView view = view_of(plan.data_directories[i], plan.sockets[i], plan.ports[i]);
        agent.server_up(view);
        if (::chown(plan.sockets[i].c_str(), view.owner, static_cast<gid_t>(-1)) != 0)
            fail("nobody listens at " + plan.sockets[i]);
        fmt::print("{}\n",
                   sigv4::make_token({"localhost", plan.ports[i], region, plan.user}, key, clock.now()));
    }
    std::fflush(stdout);
    std::cin.ignore(std::numeric_limits<std::streamsize>::max());
    agent.stop();
}

}  // namespace
}  // namespace countersign::bench

int main(int argc, char** argv) {
    countersign::bench::Plan plan;
    CLI::App app("answers the logins of servers that the benchmark starts", "bench_agent");
    app.add_option("--log", plan.log, "file for the log of logins")->required();
    app.add_option("--user", plan.user, "database user that the token is for")->required();
    app.add_option("--data-directory", plan.data_directories, "of each server")->required();
    app.add_option("--socket", plan.sockets, "of each server, to listen at")->required();
    app.add_option("--port", plan.ports, "of each server")->required();
    CLI11_PARSE(app, argc, argv);
    if (plan.sockets.size() != plan.ports.size() || plan.data_directories.size() != plan.ports.size())
        countersign::bench::fail("each server has a directory, a socket and a port");
    countersign::bench::run(plan);
    return 0;
}
