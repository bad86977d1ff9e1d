// One PostgreSQL server of this machine: its files and its postmaster. Each step of the plan that touches
// either is a function here; each may be repeated after it was cut short. Used by one worker at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "databases/databases.h"
#include "databases/local/access_rules.h"
#include "databases/local/control_session.h"
#include "databases/local/files.h"
#include "databases/local/keeper.h"
#include "databases/local/log_watch.h"
#include "databases/local/postmaster.h"
#include "databases/local/server_certificate.h"
#include "databases/local/server_home.h"
#include "databases/local/spare_store.h"
#include "databases/versions.h"
#include "model/rds.h"

namespace countersign::databases::local {

// What every server of a Databases shares; all of it outlives them.
struct Workshop {
    const Options& options;
    const Versions& versions;
    const crypto::SealingKey& sealing;
    Clock& clock;
    crypto::Random& random;
    const Log& log;
    Observer& observer;
    Keeper& keeper;
    SpareStore& spares;
    LogWatch& log_watch;
};

// What the records say of a server.
struct ServerFacts {
    const model::Server& server;
    std::string account;
    std::string region;
    Kind kind = Kind::cluster;
    std::vector<model::Tag> tags;
    std::string identifier;
    bool iam_enabled = false;    // as it should be in force now
    Parameters parameters = {};  // of its parameter groups
};

class LocalServer {
public:
    LocalServer(const Workshop& workshop, const std::string& resource_id);

    const ServerHome& home() const { return home_; }
    bool has_storage() const;
    bool has_accounts() const;
    bool running() { return postmaster_.running(); }
    bool crashed();  // it ran, and nobody stopped it; says so once
    // What its users may have changed in it, seen within the last second. It runs, and has its accounts.
    const Inside& look_inside(const ServerFacts& facts);
    const Inside& inside() const { return control_.inside(); }  // as it was seen then
    bool access_is_current(const ServerFacts& facts);
    bool certificate_is_due(const ServerFacts& facts) const;
    void announce_news(const ServerFacts& facts);  // other tags or aliases of a server that was announced

    // Takes over a postmaster that still runs from before.
    void adopt(const ServerFacts& facts);

    Result<void> make_storage(const ServerFacts& facts);
    Result<void> start(const ServerFacts& facts);
    Result<void> make_accounts(const ServerFacts& facts);
    Result<void> mend_boundary(const ServerFacts& facts);
    Result<void> apply_access(const ServerFacts& facts);
    Result<void> set_password(const ServerFacts& facts);
    Result<void> renew_certificate(const ServerFacts& facts);
    void begin_stop() const { postmaster_.begin_stop(); }
    void stop();
    Result<void> remove_storage();

private:
    Result<EngineVersion> installed_version() const;
    Result<void> fill_storage(const ServerHome& making, const ServerFacts& facts);
    Result<void> write_configuration(const ServerHome& where, const ServerFacts& facts,
                                     Durability durability) const;
    Result<void> keep_certificate(const ServerHome& where, const ServerFacts& facts, Durability durability);
    Result<void> write_data(const ServerHome& where, const std::string& name, const std::string& text,
                            Durability durability) const;
    Postmaster::Surroundings surroundings(const EngineVersion& version) const;
    Result<void> write_access(const std::string& rules) const;
    Result<void> add_own_database(const EngineVersion& version) const;
    Result<void> reload_and_wait(const ServerFacts& facts);
    std::string wished_rules(const ServerFacts& facts);
    std::vector<Endpoint> endpoints(const ServerFacts& facts) const;
    void announce(const ServerFacts& facts);
    void read_certificate(const ServerHome& where, const ServerFacts& facts);
    crypto::CertificateNames certificate_names(const ServerFacts& facts) const;
    Result<Secret> opened(const std::string& sealed) const;

    const Workshop& workshop_;
    ServerHome home_;
    Postmaster postmaster_;
    bool expected_ = false;  // the postmaster should run
    std::string rules_;      // in force, as far as known
    Parameters parameters_;  // likewise
    ControlSession control_;
    Instant certificate_ends_;
    std::vector<std::string> certified_names_;
    std::optional<ServerView> announced_;
};

}  // namespace countersign::databases::local
