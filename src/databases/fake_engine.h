// An engine for tests: servers are a few flags, a step sets them as a real one would, and can be made to
// fail, to throw or to hang. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "databases/engine.h"

namespace countersign::databases {

class FakeEngine : public Engine {
public:
    // Called before each step, without a lock; what it returns is the step's result when it is an error.
    using Interference = std::function<Result<void>(const std::string& resource_id, Step step)>;

    void interfere(Interference interference) {
        const MutexLock lock(mutex_);
        interference_ = std::move(interference);
    }
    Observation state(const std::string& resource_id) {
        const MutexLock lock(mutex_);
        return servers_[resource_id];
    }
    void change(const std::string& resource_id, const std::function<void(Observation&)>& change) {
        const MutexLock lock(mutex_);
        change(servers_[resource_id]);
    }
    std::vector<Step> steps(const std::string& resource_id) {
        const MutexLock lock(mutex_);
        return steps_[resource_id];
    }

    Result<void> prepare() override { return {}; }
    Result<void> clean(const std::set<std::string>&, const std::set<std::string>&) override { return {}; }
    Result<void> remove_snapshot(const std::string&) const override { return {}; }
    std::optional<Instant> restorable_until(const std::string&) const override { return std::nullopt; }
    Result<void> forget_wal(const std::string&, Instant) const override { return {}; }
    Result<void> remove_retained_wal(const std::string& resource_id) const override {
        const MutexLock lock(mutex_);
        wal_removed_.push_back(resource_id);
        return {};
    }
    std::vector<std::string> wal_removed() const {
        const MutexLock lock(mutex_);
        return wal_removed_;
    }
    Result<void> copy_snapshot(const std::string&, const std::string&) const override { return {}; }
    void start() override {}
    void stop() override {}
    std::vector<std::function<void()>> take_chores() override { return {}; }
    Membership membership(const model::Server&, const std::string& user) override {
        const MutexLock lock(mutex_);
        const auto known = memberships_.find(user);
        return known == memberships_.end() ? Membership::unknown : known->second;
    }
    std::vector<MembershipGrant> grants(const model::Server&, const std::string&) override { return {}; }
    std::optional<std::filesystem::path> logs(const model::Server& server) const override {
        if (logs_.empty() || server.resource_id.empty()) return std::nullopt;
        return logs_ / "databases" / server.resource_id / "log";
    }
    void set_logs(std::filesystem::path directory) { logs_ = std::move(directory); }
    void set_membership(const std::string& user, Membership membership) {
        const MutexLock lock(mutex_);
        memberships_[user] = membership;
    }

    std::unique_ptr<EngineServer> manage(const std::string& resource_id) override {
        return std::make_unique<Server>(*this, resource_id);
    }

private:
    class Server : public EngineServer {
    public:
        Server(FakeEngine& engine, std::string id) : engine_(engine), id_(std::move(id)) {}

        Observation observe(const ServerFacts* facts) override {
            const MutexLock lock(engine_.mutex_);
            Observation& state = engine_.servers_[id_];
            Observation seen = state;
            state.crashed = false;
            if (facts != nullptr) seen.access_current = seen.access_current && iam_ == facts->iam_enabled;
            return seen;
        }

        Result<void> perform(Step step, const ServerFacts* facts) override {
            Interference interference;
            {
                const MutexLock lock(engine_.mutex_);
                interference = engine_.interference_;
                engine_.steps_[id_].push_back(step);
            }
            if (interference) TRY(interference(id_, step));
            const MutexLock lock(engine_.mutex_);
            Observation& state = engine_.servers_[id_];
            if (step == Step::make_storage) state.storage = true;
            if (step == Step::start) state.process = true;
            if (step == Step::stop) state.process = false;
            if (step == Step::begin_upgrade) state.upgrade = WorkState::done;
            if (step == Step::finish_upgrade) {
                state.upgrade = WorkState::none;
                state.version = facts->server.pending.engine_version;
            }
            if (step == Step::begin_restore) state.restore = WorkState::done;
            if (step == Step::finish_restore) {
                state.restore = WorkState::none;
                state.storage = true;
                state.accounts = facts->server.origin->accounts;
            }
            if (step == Step::begin_snapshot)
                state.snapshot = {.state = WorkState::done, .resource_id = facts->snapshot, .bytes = 1};
            if (step == Step::finish_snapshot || step == Step::record_snapshot_failed ||
                step == Step::drop_snapshot)
                state.snapshot = {};
            if (step == Step::make_accounts) state.accounts = true;
            if (step == Step::repair_boundary) state.breaches.clear();
            if (step == Step::apply_replication) state.replication_due = false;
            if (step == Step::start) state.restart_pending = false;
            if (step == Step::remove_storage) state = Observation();
            if (step == Step::apply_access || step == Step::start) {
                state.access_current = true;
                iam_ = facts->iam_enabled;
            }
            return {};
        }

        void begin_stop() override {}
        void stop() override {
            const MutexLock lock(engine_.mutex_);
            engine_.servers_[id_].process = false;
        }

    private:
        FakeEngine& engine_;
        const std::string id_;
        bool iam_ = false;
    };

    mutable Mutex mutex_;
    mutable std::vector<std::string> wal_removed_ GUARDED_BY(mutex_);
    std::map<std::string, Observation> servers_ GUARDED_BY(mutex_);
    std::map<std::string, std::vector<Step>> steps_ GUARDED_BY(mutex_);
    std::map<std::string, Membership> memberships_ GUARDED_BY(mutex_);
    Interference interference_ GUARDED_BY(mutex_);
    std::filesystem::path logs_;
};

}  // namespace countersign::databases
