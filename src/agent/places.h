// Where an agent makes sockets and asks servers: its own setting, whatever the record of a server says. A
// socket is in the agent's directory, by the name of the resource; a server of the host, attached or behind a
// pooler, is asked only in directories that the agent was told. An observer that stands before the agent.
// Called from one thread.
//
// Places that records of an earlier version had are taken over once, so that an upgrade breaks no login; they
// are kept in a file, to which nothing is ever added.
#pragma once

#include <boost/describe.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "databases/server_view.h"

namespace countersign::agent {

// Where Debian's and Red Hat's PostgreSQL has its sockets.
inline const std::vector<std::string> postgres_directories_default = {"/run/postgresql",
                                                                      "/var/run/postgresql"};

struct PlaceSettings {
    std::filesystem::path run_directory;            // of the agent's sockets
    std::vector<std::string> postgres_directories;  // where servers may be asked
    std::filesystem::path own_directory = {};       // in which nothing but the servers of `serve` is asked
};

// Of an earlier version.
struct TakenOver {
    std::map<std::string, std::string> sockets;     // of the agent, by resource id
    std::vector<std::string> postgres_directories;  // of servers behind poolers
};
BOOST_DESCRIBE_STRUCT(TakenOver, (), (sockets, postgres_directories))

// What the file has; where there is none, what these servers had, which is written there.
Result<TakenOver> take_over(const std::filesystem::path& file, const PlaceSettings& settings,
                            const std::vector<databases::ServerView>& known);

class Places : public databases::Observer {
public:
    // References must outlive it.
    Places(PlaceSettings settings, TakenOver taken, databases::Observer& next, const Log& log)
        : settings_(std::move(settings)), taken_(std::move(taken)), next_(next), log_(log) {}

    // Before any server is told of: sockets at which nobody listens any more go.
    void tidy() const;

    void server_up(const databases::ServerView& server) override;
    void server_down(std::string_view resource_id) override { next_.server_down(resource_id); }
    void login_refused(const databases::RefusedLogin& login) override { next_.login_refused(login); }
    void log_lost(std::string_view resource_id, std::uint64_t bytes) override {
        next_.log_lost(resource_id, bytes);
    }

private:
    std::filesystem::path socket_of(const databases::ServerView& server) const;
    bool may_ask(const databases::ServerView& server, const std::filesystem::path& directory) const;

    const PlaceSettings settings_;
    const TakenOver taken_;
    databases::Observer& next_;
    const Log& log_;
};

}  // namespace countersign::agent
