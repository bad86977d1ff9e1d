// For tests of the whole agent: one server, one access key, and processes that ask as its login hook does.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/sessions/fixture.h"
#include "sigv4/token.h"
#include "wire/login.h"

namespace countersign::agent {

namespace fs = std::filesystem;
using std::chrono::seconds;

inline const sigv4::Credentials key{"AKIAIOSFODNN7EXAMPLE",
                                    Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""};
inline constexpr std::string_view allow_all =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}]})";
inline constexpr std::string_view allow_bob =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect",
        "Resource":"arn:aws:rds-db:us-east-1:123456789012:dbuser:db-1/bob"}]})";

// Knows one key, whose policy can be changed, or cannot be reached.
class OneKey : public RecordSource {
public:
    Result<std::shared_ptr<const login::LoginRecord>> find(const login::ClaimedKey& claimed) override {
        const std::lock_guard lock(mutex_);
        ++asked_;
        changed_.notify_all();
        if (throws_) throw std::runtime_error("out of memory");
        if (away_) return Error{Fault::unavailable, "the control plane is away"};
        if (claimed.access_key_id != key.access_key_id) return std::shared_ptr<const login::LoginRecord>();
        auto principal = std::make_shared<login::Principal>();
        principal->arn = "arn:aws:iam::123456789012:user/u";
        principal->account = "123456789012";
        principal->policies.identity.push_back({"p", *policy::parse(document_)});
        principal->source_identity = "alice";
        auto record = std::make_shared<login::LoginRecord>();
        record->active = true;
        record->scope = claimed.scope;
        record->signing_key = sigv4::derive_key(key.secret_access_key, claimed.scope);
        record->principal = std::move(principal);
        return std::shared_ptr<const login::LoginRecord>(std::move(record));
    }
    void give(std::string_view document) {
        const std::lock_guard lock(mutex_);
        document_ = document;
    }
    void go_away() {
        const std::lock_guard lock(mutex_);
        away_ = true;
        asked_ = 0;
    }
    void break_down(bool throws) {
        const std::lock_guard lock(mutex_);
        throws_ = throws;
        asked_ = 0;
    }
    void await_question() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, seconds(60), [this] { return asked_ > 0; }));
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string_view document_ = allow_all;
    bool away_ = false;
    bool throws_ = false;
    int asked_ = 0;
};

// A backend of the server in `directory`: asks each question over a connection of its own, tells the answers,
// and lives on. Without questions it connects that often and says nothing.
class Backends {
public:
    Backends(const fs::path& socket, const fs::path& directory, std::vector<std::string> questions,
             int silent = 0) {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::pipe(ends), 0);
        from_ = Descriptor(ends[0]);
        Descriptor to(ends[1]);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, socket.c_str(), socket.native().size() + 1);
        child_ = std::make_unique<Child>([&] {
            if (::chdir(directory.c_str()) != 0) ::_exit(1);
            for (int i = 0; i < silent; ++i) connect_to(address);
            if (silent > 0) tell(to, 's');
            for (const std::string& question : questions) tell(to, answer_to(question, address));
        });
    }

    const Child& process() const { return *child_; }
    int await_end() { return child_->await_end(); }
    // 'a' for allowed, 'r' for refused, '-' for no answer; 's' for connections that say nothing.
    char outcome() {
        constexpr int patience_ms = 60'000;
        pollfd polled{from_.number(), POLLIN, 0};
        char told = '?';
        const bool has_told = ::poll(&polled, 1, patience_ms) == 1 && ::read(from_.number(), &told, 1) == 1;
        EXPECT_TRUE(has_told);
        return told;
    }

private:
    static int connect_to(const sockaddr_un& address) {
        const int connection = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
        if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            ::_exit(1);
        return connection;
    }
    static char answer_to(const std::string& question, const sockaddr_un& address) {
        const int connection = connect_to(address);
        char answer[wire::answer_bytes_max] = {};
        static_cast<void>(::send(connection, question.data(), question.size(), 0));
        const ssize_t size = ::recv(connection, answer, sizeof answer, 0);
        ::close(connection);
        wire::AnswerView read;
        if (size <= 0 ||
            !wire::decode_answer(reinterpret_cast<const uint8_t*>(answer), static_cast<std::size_t>(size),
                                 &read, static_cast<std::uint16_t>(question[4])))
            return '-';
        return read.verdict == wire::Verdict::allowed ? 'a' : 'r';
    }
    static void tell(const Descriptor& to, char what) {
        if (::write(to.number(), &what, 1) != 1) ::_exit(1);
    }

    Descriptor from_;
    std::unique_ptr<Child> child_;
};

class AgentTest : public SessionsPlace {
protected:
    AgentTest() {
        fs::create_directory(dir_ / "data");
        server_.resource_id = "db-1";
        server_.identifier = "orders";
        server_.account = "123456789012";
        server_.region = "us-east-1";
        server_.endpoints = {{"localhost", 15432}};
        server_.iam_enabled = true;
        server_.data_directory = dir_ / "data";
        server_.owner = ::geteuid();
        server_.agent_socket = dir_ / "agent.sock";
        options_.sessions_file = dir_ / "sessions.json";
    }
    ~AgentTest() override { agent_.reset(); }

    void start(const std::vector<audit::LoginEntry>& earlier = {}) {
        agent_ = std::make_unique<Agent>(
            Deps{records_, clock_, random_, log_, *audit_, membership_, make_user_}, options_);
        for (const audit::LoginEntry& entry : earlier) agent_->remember(entry);
        ASSERT_TRUE(agent_->start());
        agent_->server_up(server_);
    }

    std::string token(const std::string& user, seconds ago = seconds(0)) const {
        return sigv4::make_token({"localhost", 15432, "us-east-1", user}, key, clock_.now() - ago);
    }
    static std::string question(const std::string& user, const std::string& token,
                                const std::string& source = "10.0.0.1",
                                wire::Membership membership = wire::Membership::yes) {
        wire::RequestView request;
        request.transport = wire::Transport::tls;
        request.membership = membership;
        request.user = {user.data(), user.size()};
        request.source = {source.data(), source.size()};
        request.service = {"countersign", 11};
        request.token = {token.data(), token.size()};
        std::string bytes(wire::request_bytes_max, '\0');
        bytes.resize(wire::encode_request(request, reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
        EXPECT_FALSE(bytes.empty());
        return bytes;
    }
    std::unique_ptr<Backends> ask(std::vector<std::string> questions) const {
        return std::make_unique<Backends>(server_.agent_socket, server_.data_directory, std::move(questions));
    }
    std::unique_ptr<Backends> log_in(const std::string& user) const {
        return ask({question(user, token(user))});
    }

    databases::ServerView server_;
    Options options_;
    AskMembership membership_ = membership_behind;
    MakeUser make_user_;
    OneKey records_;
    crypto::SystemRandom random_;
    std::unique_ptr<Agent> agent_;
};

}  // namespace countersign::agent
