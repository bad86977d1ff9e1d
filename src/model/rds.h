// RDS's nouns as they lie in the store: what is wished (by the API) and what is so (by databases/reconcile).
// Only `status` and what stands under "seen" is written by the reconciler; all else by the API.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "model/database_status.h"
#include "model/iam.h"

namespace countersign::model {

// What the API asked to become of a record.
enum class Wish { available, deleted };
BOOST_DESCRIBE_ENUM(Wish, available, deleted)

// What StopDBCluster and StopDBInstance asked for last, or the start after it: `starting` until it serves.
enum class Halt { none, stopped, starting };
BOOST_DESCRIBE_ENUM(Halt, none, stopped, starting)

// Changes that wait for the maintenance window (PendingModifiedValues), or for the reconciler when
// `apply_now`.
struct PendingChanges {
    std::optional<bool> iam_enabled;
    std::string master_verifier;       // sealed SCRAM verifier; empty when the password does not change
    std::string engine_version = {};   // of another major version; empty: no upgrade, and no groups for it
    std::string parameter_group = {};  // of the cluster, or of the instance of its own, from then on; empty:
                                       // the default one
    std::string member_parameter_group = {};  // of all instances of the cluster
    bool apply_now = false;
    friend bool operator==(const PendingChanges&, const PendingChanges&) = default;
};
BOOST_DESCRIBE_STRUCT(PendingChanges, (),
                      (iam_enabled, master_verifier, engine_version, parameter_group, member_parameter_group,
                       apply_now))

// A PostgreSQL that somebody else runs: where its host's agent finds it. All is as it was when it was
// attached.
struct Attached {
    std::string agent;             // the name of the agent on its host; empty: the one inside `serve`
    std::string data_directory;    // as PostgreSQL names it
    std::uint32_t owner = 0;       // user id of its processes
    std::string socket_directory;  // of PostgreSQL's own socket
    std::uint16_t port = 0;        // in that socket's name; the endpoint's may be another
    std::string agent_socket;      // where the login hook asks
    friend bool operator==(const Attached&, const Attached&) = default;
};
BOOST_DESCRIBE_STRUCT(Attached, (), (agent, data_directory, owner, socket_directory, port, agent_socket))

// A parameter that a group sets.
struct SetParameter {
    std::string name;
    std::string value;
    std::string apply_method;  // immediate | pending-reboot, as it was given
    friend bool operator==(const SetParameter&, const SetParameter&) = default;
};
BOOST_DESCRIBE_STRUCT(SetParameter, (), (name, value, apply_method))

// A DB parameter group or a DB cluster parameter group: the key says which.
struct ParameterGroup {
    std::string name;
    std::string account;
    std::string region;
    std::string family;  // postgres15, aurora-postgresql15
    std::string description;
    std::vector<SetParameter> parameters;  // by name
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(ParameterGroup, (), (name, account, region, family, description, parameters, tags))

// Whose data a new server begins with, instead of none.
struct Origin {
    std::string snapshot;     // its resource id
    bool accounts = false;    // the master user and its database are in it
    std::string wal_of = {};  // the server whose archived WAL follows; empty: the snapshot's data alone
    std::optional<Instant> since = {};  // when the snapshot was begun: WAL from before does not matter
    std::optional<Instant> until = {};  // none: to the end of that WAL
    friend bool operator==(const Origin&, const Origin&) = default;
};
BOOST_DESCRIBE_STRUCT(Origin, (), (snapshot, accounts, wal_of, since, until))

// Where a server is reached, or an endpoint of several.
struct Place {
    std::string host;
    std::uint16_t port = 0;  // 0: there is none
    bool own_host = false;   // at `host` alone, so that others may have the same port
    friend bool operator==(const Place&, const Place&) = default;
    friend bool operator<(const Place& one, const Place& other) {
        return std::tie(one.host, one.port, one.own_host) < std::tie(other.host, other.port, other.own_host);
    }
};
BOOST_DESCRIBE_STRUCT(Place, (), (host, port, own_host))

// How the instances of a cluster stand to each other. Each has data of its own in a home, which is named by a
// resource id; the writer's is the cluster's data.
struct Membership {
    std::string home;         // the writer's; empty: the cluster's resource id
    std::string synchronous;  // home of the reader that has every acknowledged commit; empty: none has
    std::string successor;    // home of the reader that is to become the writer; empty: none is
    std::string replication_password;  // sealed; context = the resource id. Empty: nobody has followed yet
    std::string reader_host;  // of the reader endpoint, at the cluster's port; empty: it is the writer's
    friend bool operator==(const Membership&, const Membership&) = default;
};
BOOST_DESCRIBE_STRUCT(Membership, (), (home, synchronous, successor, replication_password, reader_host))

// One PostgreSQL server: the data, port and identity behind a cluster, or behind an instance of no cluster.
// It is a part of the cluster's or the instance's record.
struct Server {
    std::string resource_id;  // cluster-… or db-…; also the name of its directory
    std::string engine;       // aurora-postgresql | postgres
    std::string engine_version;
    std::string host;  // of the endpoint
    std::uint16_t port = 0;
    bool own_host = false;      // it listens at `host` alone, and other servers may have the same port
    std::string database_name;  // made at creation beside `postgres`; may be empty
    std::string master_username;
    std::string master_verifier;  // sealed; context = the resource id. Set once at creation
    bool iam_enabled = false;     // what is in force
    PendingChanges pending;
    std::vector<std::string> aliases;  // host:port of further names that a token may carry
    std::optional<Attached> attached;  // none: Countersign starts it
    std::optional<Origin> origin;      // until its data is there
    std::string source;                // resource id of the one that it follows, as a read replica; or empty
    Membership membership;             // of a cluster; of an instance with read replicas, their password
    // seen
    bool created = false;          // its data directory is complete
    bool restart_pending = false;  // it runs with other static parameters than its groups set
};
BOOST_DESCRIBE_STRUCT(Server, (),
                      (resource_id, engine, engine_version, host, port, own_host, database_name,
                       master_username, master_verifier, iam_enabled, pending, aliases, attached, origin,
                       source, membership, created, restart_pending))

// Attributes that one's own machine has no use for: stored and returned as given, by their API names.
using PassthroughAttributes = std::map<std::string, std::string>;

// An IAM role that is to be used by a feature of the database.
struct AssociatedRole {
    std::string arn;
    std::string feature;  // s3Import, …; may be empty
    friend bool operator==(const AssociatedRole&, const AssociatedRole&) = default;
};
BOOST_DESCRIBE_STRUCT(AssociatedRole, (), (arn, feature))

struct DBCluster {
    std::string id;
    std::string account;
    std::string region;
    DatabaseStatus status = DatabaseStatus::creating;
    Wish wish = Wish::available;
    Halt halt = Halt::none;
    Server server;
    std::string subnet_group;
    std::string parameter_group;  // empty: the default one
    std::vector<std::string> security_groups;
    bool deletion_protection = false;
    bool copy_tags_to_snapshot = false;
    std::string maintenance_window;  // ddd:hh:mm-ddd:hh:mm, UTC
    std::string backup_window;
    std::vector<std::string> log_exports;
    PassthroughAttributes kept;
    std::vector<AssociatedRole> roles;
    std::vector<Tag> tags;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(DBCluster, (),
                      (id, account, region, status, wish, halt, server, subnet_group, parameter_group,
                       security_groups, deletion_protection, copy_tags_to_snapshot, maintenance_window,
                       backup_window, log_exports, kept, roles, tags, created))

struct DBInstance {
    std::string id;
    std::string account;
    std::string region;
    std::string resource_id;  // db-…, of members of a cluster too
    DatabaseStatus status = DatabaseStatus::creating;
    Wish wish = Wish::available;
    Halt halt = Halt::none;  // of a cluster's: as the cluster's was when it was asked for
    bool reboot = false;     // asked for; the reconciler takes it back once PostgreSQL has stopped for it
    std::string instance_class;
    std::string cluster;           // id of its cluster; empty for an instance of its own
    std::string home;              // of a cluster's: where its data is; empty: the cluster's resource id
    Place place;                   // of a cluster's: its own endpoint; none: it is reached at the cluster's
    bool renewing = false;         // of a reader: its data is to be made anew, and nobody's any more
    std::optional<Server> server;  // only of an instance of its own
    std::string subnet_group;
    std::string parameter_group;  // empty: the default one
    std::vector<std::string> security_groups;
    bool deletion_protection = false;
    bool publicly_accessible = false;
    bool copy_tags_to_snapshot = false;
    std::string maintenance_window;
    std::string backup_window;
    std::vector<std::string> log_exports;
    PassthroughAttributes kept;
    std::vector<AssociatedRole> roles;
    std::vector<Tag> tags;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(DBInstance, (),
                      (id, account, region, resource_id, status, wish, halt, reboot, instance_class, cluster,
                       home, place, renewing, server, subnet_group, parameter_group, security_groups,
                       deletion_protection, publicly_accessible, copy_tags_to_snapshot, maintenance_window,
                       backup_window, log_exports, kept, roles, tags, created))

// Where the data is that is the cluster's, or the server's own.
inline const std::string& home_of(const Server& server) {
    return server.membership.home.empty() ? server.resource_id : server.membership.home;
}

// Where the data of an instance is, of a cluster's or one of its own.
inline const std::string& home_of(const DBInstance& member, const Server& of_cluster) {
    if (member.server) return home_of(*member.server);
    return member.home.empty() ? of_cluster.resource_id : member.home;
}

inline bool is_reader(const DBInstance& member, const Server& of_cluster) {
    return home_of(member, of_cluster) != home_of(of_cluster);
}

// It follows another instance, and is no cluster's.
inline bool is_replica(const DBInstance& instance) {
    return instance.server && !instance.server->source.empty();
}

// The writer of a cluster: of the instances whose data is the cluster's the one that has been there longest
// and stays. Null when none stays.
inline const DBInstance* writer_of(const std::vector<DBInstance>& members, const Server& of_cluster) {
    const DBInstance* writer = nullptr;
    for (const DBInstance& member : members) {
        if (member.wish == Wish::deleted || is_reader(member, of_cluster)) continue;
        if (writer == nullptr || std::tie(member.created, member.id) < std::tie(writer->created, writer->id))
            writer = &member;
    }
    return writer;
}

// How eagerly a reader is made the writer: 0 before 15.
inline int promotion_tier(const DBInstance& member) {
    const auto kept = member.kept.find("PromotionTier");
    return kept == member.kept.end() ? 1 : std::atoi(kept->second.c_str());
}

// A connection pooler (PgBouncer) in front of a database: clients log in to it by token as to an RDS Proxy,
// at an endpoint and under a resource id of its own.
struct Pooler {
    std::string id;
    std::string account;
    std::string region;
    std::string resource_id;  // prx-…
    std::string database;     // id of the cluster or instance behind it
    std::string host;         // of its endpoint
    std::uint16_t port = 0;
    Attached way;  // its own process and agent socket; the PostgreSQL socket of the server behind it
    std::string master_username;  // of that server: who asks it about memberships
    std::vector<Tag> tags;
    Instant created;
};
BOOST_DESCRIBE_STRUCT(Pooler, (),
                      (id, account, region, resource_id, database, host, port, way, master_username, tags,
                       created))

struct DBSubnetGroup {
    std::string name;
    std::string account;
    std::string region;
    std::string description;
    std::vector<std::string> subnets;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(DBSubnetGroup, (), (name, account, region, description, subnets, tags))

// What DescribeEvents shows.
struct Event {
    std::string source_type;  // db-instance | db-cluster
    std::string source_id;
    std::string source_arn;
    std::string message;
    Instant time;
};
BOOST_DESCRIBE_STRUCT(Event, (), (source_type, source_id, source_arn, message, time))

// Holds a port for one server, so that no two get the same.
struct PortClaim {
    std::string resource_id;
};
BOOST_DESCRIBE_STRUCT(PortClaim, (), (resource_id))

}  // namespace countersign::model
