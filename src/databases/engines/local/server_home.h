// Where one server keeps everything, and the texts of its configuration. Values; no I/O.
//
//     DIR/databases/RESOURCE-ID/data          PostgreSQL's data directory
//     DIR/databases/RESOURCE-ID/log           its log files (text and csvlog)
//     DIR/databases/RESOURCE-ID/wal           WAL that it has finished, as NAME.zst; `gap` when some was lost
//     DIR/databases/RESOURCE-ID/start.log     what the postmaster prints before it has a log
//     DIR/databases/RESOURCE-ID/log.offset    how far the csvlog has been read
//     DIR/databases/RESOURCE-ID/accounts      exists when the master user and its database have been made
//     DIR/databases/RESOURCE-ID/rdsadmin      exists when it has the database of rdsadmin's own
//     DIR/databases/RESOURCE-ID/place         where the server listens that was started last
//     DIR/databases/RESOURCE-ID/postmaster    which process is its postmaster, and how that was started
//     DIR/databases/RESOURCE-ID/data.other    while it is upgraded: first the data of the new version, then
//                                             that of the old one, until the new one has served
//     DIR/databases/RESOURCE-ID.retained/wal  what stays of a server whose backups outlive it
//     DIR/databases/RESOURCE-ID/upgraded      from which major version; exists until that is so
//     DIR/run/SHORT                           its sockets: PostgreSQL's, `agent`, and `ready`, where
//                                             readiness is announced
//
// Where servers have users of their own, `data`, `log` and `wal` are theirs and the rest is the control
// plane's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::databases::local {

inline constexpr std::string_view half_made = ".making";
inline constexpr std::string_view half_removed = ".removing";
inline constexpr std::string_view retained = ".retained";
inline constexpr std::string_view wal_to_replay = "wal.in";  // in a home that is being restored

struct ServerHome {
    std::filesystem::path root;
    std::filesystem::path run;  // its sockets'
    std::string resource_id;

    std::filesystem::path data() const { return root / "data"; }
    std::filesystem::path other_data() const { return root / "data.other"; }
    std::filesystem::path upgraded_mark() const { return root / "upgraded"; }
    std::filesystem::path log() const { return root / "log"; }
    std::filesystem::path wal() const { return root / "wal"; }
    std::filesystem::path wal_gap() const { return wal() / "gap"; }
    std::filesystem::path start_log() const { return root / "start.log"; }
    std::filesystem::path log_offset() const { return root / "log.offset"; }
    std::filesystem::path accounts_mark() const { return root / "accounts"; }
    std::filesystem::path own_database_mark() const { return root / "rdsadmin"; }
    std::filesystem::path certificate() const { return data() / "server.crt"; }
    std::filesystem::path certificate_key() const { return data() / "server.key"; }
    std::filesystem::path certificate_facts() const { return root / "certificate"; }
    std::filesystem::path hba() const { return data() / "pg_hba.conf"; }
    std::filesystem::path standby_mark() const { return data() / "standby.signal"; }  // PostgreSQL's own
    std::filesystem::path replication_password() const { return data() / "replication.pass"; }
    std::filesystem::path place() const { return root / "place"; }
    std::filesystem::path postmaster() const { return root / "postmaster"; }
    std::filesystem::path agent_socket() const { return run / "agent"; }
    std::filesystem::path ready_socket() const { return run / "ready"; }
};

ServerHome home_of(const std::filesystem::path& dir, const std::string& resource_id);
// What stays of a server that is gone: its WAL alone.
ServerHome retained_home_of(const std::filesystem::path& dir, const std::string& resource_id);

using Parameters = std::map<std::string, std::string>;  // of PostgreSQL, by name

// What a server of a cluster that has several is to the others.
struct Replication {
    bool in_use = false;
    bool of_cluster = false;   // its queries hold the writer's cleaning up back, and not the other way round
    std::string follows = {};  // the writer, as libpq's connection string; empty: it is the writer
    std::string waits_for = {};  // the name of the standby without which nothing is acknowledged; empty: none
    friend bool operator==(const Replication&, const Replication&) = default;
};

struct ServerSettings {
    std::string endpoint_host;
    std::uint16_t port = 0;
    std::string cluster_name;
    bool own_host = false;         // it listens at the endpoint's host alone
    Parameters parameters = {};    // those of its parameter groups
    bool own_user = false;         // the server has a user of its own, and its directories keep others out
    bool memory_in_files = false;  // others could open what it shared elsewhere
    std::vector<std::string> extensions = {};  // that can be created in it
    bool ephemeral = false;                    // what it writes need not survive the machine
    bool archives = false;                     // WAL is kept
    Replication replication = {};
    bool everywhere = false;  // it listens on every address, unless it has own_host
};

// Our part of postgresql.conf, which that file includes last.
std::string configuration(const ServerHome& home, const ServerSettings& settings);

// The postmaster's environment; nothing in it is secret.
// `extensions` is where the preload finds what members of rds_superuser may create.
std::vector<std::string> environment(const ServerHome& home, const std::filesystem::path& preload,
                                     const std::filesystem::path& extensions);

}  // namespace countersign::databases::local
