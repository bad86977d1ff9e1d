// One PostgreSQL server of this machine: its files and its postmaster. Each step of the plan that touches
// either is a function here; each may be repeated after it was cut short. Used by one worker at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/files.h"
#include "base/log.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "databases/engine.h"
#include "databases/engines/local/access_rules.h"
#include "databases/engines/local/control_session.h"
#include "databases/engines/local/door.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/local_engine.h"
#include "databases/engines/local/log_watch.h"
#include "databases/engines/local/major_upgrade.h"
#include "databases/engines/local/postmaster.h"
#include "databases/engines/local/restore.h"
#include "databases/engines/local/server_certificate.h"
#include "databases/engines/local/server_home.h"
#include "databases/engines/local/snapshot_store.h"
#include "databases/engines/local/snapshot_work.h"
#include "databases/engines/local/spare_store.h"
#include "databases/versions.h"
#include "model/rds.h"

namespace countersign::databases::local {

// What every server of an engine shares; all of it outlives them.
struct EngineDeps {
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
    const SnapshotStore& snapshots;
    Door& door;
};

class LocalServer : public EngineServer {
public:
    LocalServer(const EngineDeps& deps, const std::string& resource_id);

    Observation observe(const ServerFacts* facts) override;
    Result<void> perform(Step step, const ServerFacts* facts) override;
    void begin_stop() override { postmaster_.begin_stop(); }
    void stop() override;

private:
    Result<void> perform_beside(Step step);
    bool has_storage() const;
    bool has_accounts() const;
    bool running() { return postmaster_.running(); }
    bool crashed();  // it ran, and nobody stopped it; says so once
    bool access_is_current(const ServerFacts& facts);
    bool certificate_is_due(const ServerFacts& facts) const;
    void announce_news(const ServerFacts& facts);  // other tags or aliases of a server that was announced
    void adopt(const ServerFacts& facts);          // a postmaster that still runs from before

    Result<void> make_storage(const ServerFacts& facts);
    Result<void> start(const ServerFacts& facts);
    Result<void> make_accounts(const ServerFacts& facts);
    Result<void> carry_accounts(const ServerFacts& facts);
    Result<void> begin_upgrade(const ServerFacts& facts);
    Result<void> begin_snapshot(const ServerFacts& facts);
    Result<void> finish_snapshot();
    void drop_snapshot();
    Result<void> finish_upgrade();
    Result<void> begin_restore(const ServerFacts& facts);
    Result<void> begin_restoring(const ServerFacts& facts);
    Result<void> finish_restore(const ServerFacts& facts);
    Result<void> promote();
    Result<void> hand_over(const ServerFacts& facts);
    Result<void> begin_copy(const ServerFacts& facts);
    Result<void> begin_copying(const ServerFacts& facts);
    Result<void> finish_copy();
    void look_at_cluster(const ServerFacts& facts, Observation& seen);
    bool is_astray(const ServerFacts& facts);
    bool serves(const std::string& home) const;
    void raise_barrier();
    Result<void> admit_followers(const ServerFacts& facts);
    Result<void> write_replication_password(const ServerHome& where, const ServerFacts& facts) const;
    Result<Secret> replication_password(const ServerFacts& facts) const;
    Replication replication(const ServerHome& where, const ServerFacts& facts) const;
    Result<void> take_wal(const ServerHome& making, const model::Origin& origin) const;
    void look_at_archive(Observation& seen) const;
    void forget_gap();
    Result<void> repair_boundary();
    Result<void> apply_replication();
    Result<void> apply_access(const ServerFacts& facts);
    Result<void> set_password(const ServerFacts& facts);
    Result<void> renew_certificate(const ServerFacts& facts);
    Result<void> remove_storage();
    Result<void> leave_wal();  // and nothing else
    Result<EngineVersion> installed_version() const;
    Result<void> fill_storage(const ServerHome& making, const ServerFacts& facts);
    Result<void> write_configuration(const ServerHome& where, const ServerFacts& facts,
                                     const EngineVersion& version, Durability durability) const;
    Result<void> keep_certificate(const ServerHome& where, const ServerFacts& facts, Durability durability);
    Result<void> write_data(const ServerHome& where, const std::string& name, const std::string& text,
                            Durability durability) const;
    Postmaster::Deps deps(const EngineVersion& version) const;
    Result<void> write_access(const std::string& rules) const;
    Result<void> add_own_database(const EngineVersion& version) const;
    Result<void> reload_and_wait();
    Result<bool> restart_is_pending();
    std::string desired_rules(const ServerFacts& facts);
    const std::vector<policy::Network>& refused_blocks(const ServerFacts& facts);
    void follow_log(const ServerFacts& facts);
    std::vector<Endpoint> endpoints(const ServerFacts& facts) const;
    void announce(const ServerFacts& facts);
    std::map<model::Place, std::vector<DoorTarget>> wanted_doors(const ServerFacts& facts) const;
    std::vector<DoorTarget> followers_among(const MemberFacts& member,
                                            const std::function<bool(const std::string&)>& is_meant) const;
    void keep_doors(const ServerFacts& facts);
    void close_doors();
    void read_certificate(const ServerHome& where, const ServerFacts& facts);
    crypto::CertificateNames certificate_names(const ServerFacts& facts) const;
    Result<Secret> opened(const ServerFacts& facts, const std::string& sealed) const;
    std::uint16_t port() const { return listening_.port; }  // in the name of its socket, while it runs
    Result<ServerFacts> facts_to_start_with(const ServerFacts& facts, const EngineVersion& version) const;
    bool followers_are_admitted(const ServerFacts& facts) const;
    static bool is_followed(const ServerFacts& facts);

    const EngineDeps& deps_;
    ServerHome home_;
    Postmaster postmaster_;
    bool adoption_tried_ = false;
    bool expected_ = false;                                 // the postmaster should run
    model::Place listening_;                                // while it runs
    std::set<model::Place> doors_;                          // that are open for it
    std::string door_trouble_;                              // why one of them is not
    Replication replication_;                               // in force, as far as known
    std::string followers_admitted_;                        // since it runs: the sealed password
    std::optional<Deadline> astray_;                        // it has not followed its writer, till then
    std::string rules_;                                     // in force, as far as known
    Parameters parameters_;                                 // likewise
    bool archives_ = false;                                 // likewise
    std::optional<std::vector<policy::Network>> admitted_;  // none: everybody
    std::vector<policy::Network> refused_;                  // all others
    bool restart_pending_ = false;  // as PostgreSQL said when it read its configuration last
    ControlSession control_;
    MajorUpgrade upgrade_;
    SnapshotWork snapshot_;
    bool gap_forgotten_ = false;  // for the backup that is made now
    Restore restore_;
    Instant certificate_ends_;
    std::vector<std::string> certified_names_;
    std::optional<ServerView> announced_;
};

}  // namespace countersign::databases::local
