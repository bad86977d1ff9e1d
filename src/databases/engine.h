// What runs database servers, as the rest sees it: an engine has the servers of one kind (those of this
// machine; those that somebody else runs), and each is looked at and changed through three calls. What should
// be done is decided in plan.h; an engine only sees and does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "databases/membership_grants.h"
#include "databases/plan.h"
#include "databases/server_view.h"
#include "model/rds.h"
#include "network/admission.h"

namespace countersign::databases {

// A custom endpoint: its host, and the homes of the instances that it leads to.
struct CustomEndpoint {
    std::string host;
    std::vector<std::string> homes;
};

// What the records say of one of several servers of which one follows another, beside its server's: of a
// cluster's, or of an instance and its read replicas.
struct MemberFacts {
    bool reader = false;   // it follows another one
    std::string home;      // empty: the server is by itself
    std::string instance;  // the identifier of its instance; empty: it has none
    model::Place place;    // where it is reached by itself; port 0: at the cluster's endpoint alone
    model::Place cluster;  // the endpoint where the writer is; port 0: it is no cluster
    model::Place source;   // for a reader: where the one is reached that it follows
    std::string writer;    // for a reader: its home
    std::string replication_password;  // by which readers follow; sealed
    std::string sealed_for;            // the context of that
    std::string reader_host;           // of the reader endpoint; empty: it is the writer's
    std::vector<CustomEndpoint> custom;
    std::vector<std::string> readers;  // for the writer: homes of those that stay
    std::string waits_for;  // home of the reader without which nothing is acknowledged; empty: none
    std::string successor;  // home of the reader that becomes the writer next
};

// What the records say of a server.
struct ServerFacts {
    model::Server server;  // a reader's is its cluster's at its own place
    std::string account;
    std::string region;
    Kind kind = Kind::cluster;
    std::vector<model::Tag> tags;
    std::string identifier;
    bool iam_enabled = false;                            // as it should be in force now
    std::map<std::string, std::string> parameters = {};  // of PostgreSQL, as its groups set them
    std::optional<network::Admission> admission = {};    // from where it may be reached; none: everywhere
    std::string snapshot = {};  // resource id of the one that is to be made next; empty: none
    bool archives = false;      // its WAL is to be kept, so that it can be restored to a point in time
    bool retained = false;      // and outlives it
    MemberFacts member = {};
};

// How far a snapshot is.
struct SnapshotProgress {
    WorkState state = WorkState::none;
    std::string resource_id = {};  // which one it is
    bool of_files = false;         // of a server that lies still
    int percent = 0;
    std::uint64_t bytes = 0;  // of its file, once it is done
    std::string trouble = {};
};

// What an engine saw of a server.
struct Observation {
    bool storage = false;          // its data is complete
    bool process = false;          // its postmaster runs
    bool crashed = false;          // it ended by itself since it was observed last
    bool accounts = false;         // the master user and its database have been made
    bool access_current = false;   // the rules and parameters in force are those of the records
    bool certificate_due = false;  // it ends soon, or names other endpoints
    bool iam_role = true;          // rds_iam is there
    bool replication_due = false;  // other users may use replication than do
    bool restart_pending = false;  // parameters that were set wait for a start
    WorkState upgrade = WorkState::none;
    std::string upgrade_trouble = {};  // why it failed
    WorkState restore = WorkState::none;
    std::string restore_trouble = {};
    SnapshotProgress snapshot = {};
    bool archives = false;                    // it is made to keep its WAL, if that is wanted
    std::optional<Instant> archived = {};     // when WAL of it was archived last
    bool archive_broken = false;              // WAL of it was lost: only a new snapshot can be restored from
    std::string version = {};                 // of the PostgreSQL that runs; empty: it is not known
    std::vector<std::string> breaches = {};   // of the boundary around its users, in words
    std::string trouble = {};                 // why the control plane cannot log in; empty: it can
    bool standby = false;                     // its data follows another server's
    bool follows = false;                     // and that sends to it
    bool lost_way = false;                    // it cannot follow that any more
    bool replay_paused = false;               // it receives what that sends, and does not apply it
    std::vector<std::string> followers = {};  // homes of the readers that have what it has, but for moments
    std::string synchronous = {};             // home of the one without which nothing is acknowledged
};

// One server. Used by one worker at a time.
class EngineServer {
public:
    virtual ~EngineServer() = default;

    // `facts` is null when no record names the server. Blocks for as long as one question to a database that
    // hangs may take.
    virtual Observation observe(const ServerFacts* facts) = 0;

    // Does what the step asks of the server itself; a step that is about records alone succeeds at once. May
    // be repeated after it was cut short. All steps but `stop` and `remove_storage` need the facts.
    virtual Result<void> perform(Step step, const ServerFacts* facts) = 0;

    // Of all servers at once, so that they end side by side: first each is told, then each is waited for.
    virtual void begin_stop() = 0;
    virtual void stop() = 0;
};

// Whether a database has a user, and whether pg_hba.conf counts it as a member of rds_iam.
enum class Membership { unknown, absent, outsider, member };

// Safe to call from any thread, where nothing else is said.
class Engine {
public:
    virtual ~Engine() = default;

    // Before any server is managed. Fails where the engine can hold no database at all, and says why.
    virtual Result<void> prepare() = 0;
    // Takes away what a crash left half-made, and snapshots that no record names; `servers` and `snapshots`
    // are those that records name.
    virtual Result<void> clean(const std::set<std::string>& servers,
                               const std::set<std::string>& snapshots) = 0;
    // After both: from now on servers are managed.
    virtual void start() = 0;
    // After all servers have stopped.
    virtual void stop() = 0;

    // `home` is its resource id, or that of an instance of a cluster.
    virtual std::unique_ptr<EngineServer> manage(const std::string& home) = 0;

    // Work beside the servers that is due now; each may take seconds. The engine outlives it.
    virtual std::vector<std::function<void()>> take_chores() = 0;

    // Questions about a server that may not be managed here; they wait for a database for two seconds at
    // most.
    virtual Membership membership(const model::Server& server, const std::string& user) = 0;
    // By which grants the user is a member; empty where it is none, or cannot be asked.
    virtual std::vector<MembershipGrant> grants(const model::Server& server, const std::string& user) = 0;
    virtual std::optional<std::filesystem::path> logs(const model::Server& server) const = 0;

    // What a snapshot holds. Both succeed where there is nothing of the first any more.
    virtual Result<void> remove_snapshot(const std::string& resource_id) const = 0;
    // Until when a server can be restored, by the WAL of it that is kept; nothing where none is.
    virtual std::optional<Instant> restorable_until(const std::string& resource_id) const = 0;
    // WAL that was kept before that time is not needed any more.
    virtual Result<void> forget_wal(const std::string& resource_id, Instant before) const = 0;
    // Takes away the WAL that outlived its server. Succeeds where there is none.
    virtual Result<void> remove_retained_wal(const std::string& resource_id) const = 0;
    virtual Result<void> copy_snapshot(const std::string& resource_id, const std::string& copy) const = 0;
};

}  // namespace countersign::databases
