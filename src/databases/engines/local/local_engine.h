// The servers of this machine: PostgreSQL's own programs, started and watched by this process. Owns their
// processes and everything below DIR/databases, DIR/templates, DIR/spares and DIR/run. One engine per data
// directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/certificates.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "databases/engine.h"
#include "databases/on_demand.h"
#include "databases/versions.h"

namespace countersign::databases {

namespace isolation {
class Warden;
}

namespace local {

struct Options {
    std::filesystem::path dir;      // the data directory; of the user that this process runs as
    std::filesystem::path preload;  // libcountersign_pam.so, where PostgreSQL may read it; empty: none
    std::string endpoint_host = "localhost";
    bool everywhere = false;         // servers listen on every address, whatever that host is
    crypto::CertifiedKey authority;  // issues the servers' certificates
    std::vector<std::filesystem::path> postgres_roots =
        default_postgres_roots();               // directories of `postgres`
    std::optional<Versions> versions = {};      // what is installed there, where that is known already
    const isolation::Warden* warden = nullptr;  // keeps servers apart; without it they are not
    std::filesystem::path templates = {};       // where they are kept; empty: DIR/templates
    bool ephemeral = false;                     // no server writes durably
};

class LocalEngine : public Engine {
public:
    // Everything passed by reference must outlive it.
    struct Deps {
        const crypto::SealingKey& sealing;
        Clock& clock;
        crypto::Random& random;
        const Log& log;
        Observer& observer;
    };

    LocalEngine(const Deps& deps, Options options);
    ~LocalEngine() override;
    LocalEngine(const LocalEngine&) = delete;
    LocalEngine& operator=(const LocalEngine&) = delete;

    Result<void> prepare() override;
    Result<void> clean(const std::set<std::string>& servers, const std::set<std::string>& snapshots) override;
    std::optional<Instant> restorable_until(const std::string& resource_id) const override;
    Result<void> forget_wal(const std::string& resource_id, Instant before) const override;
    Result<void> remove_retained_wal(const std::string& resource_id) const override;
    Result<void> remove_snapshot(const std::string& resource_id) const override;
    Result<void> copy_snapshot(const std::string& resource_id, const std::string& copy) const override;
    void start() override;
    void stop() override;
    std::unique_ptr<EngineServer> manage(const std::string& home) override;
    std::vector<std::function<void()>> take_chores() override;
    Membership membership(const model::Server& server, const std::string& user) override;
    std::vector<MembershipGrant> grants(const model::Server& server, const std::string& user) override;
    std::optional<std::filesystem::path> logs(const model::Server& server) const override;

    // Whether Countersign runs it: attached servers are none of them.
    bool runs(const ServerView& server) const;
    // See databases/on_demand.h. A login waits for it: it takes a second at most.
    Result<Making> make_user(const ServerView& server, const UserWish& wish);
    // Those that were made and are in service; and one taken out of it, where it was made so.
    Result<std::vector<std::string>> users_on_demand(const ServerView& server);
    Result<void> retire_user(const ServerView& server, const std::string& user);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace local

}  // namespace countersign::databases
