// Brings the lines of this host's audit to the control plane, in order and at least once; the control plane
// knows those it has already. What has not arrived yet waits in a file, so that nothing is lost when either
// side ends; the audit itself stays on this host whatever becomes of it. Safe to call from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "agent_api/protocol/protocol.h"
#include "audit/entry.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"

namespace countersign::agent_api::client {

class AuditUploader : public audit::LoginListener {
public:
    using Deliver = std::function<Result<void>(const LoginsRequest&)>;

    // The file is made when absent, mode 0600; `log` must outlive this.
    static Result<std::unique_ptr<AuditUploader>> open(const std::filesystem::path& file, Deliver deliver,
                                                       const Log& log);
    ~AuditUploader() override;
    AuditUploader(const AuditUploader&) = delete;
    AuditUploader& operator=(const AuditUploader&) = delete;

    void start();
    void stop();

    void on_login(const audit::LoginEntry& entry) override;

    struct State {
        std::int64_t waiting_bytes = 0;
        std::uint64_t left_out = 0;  // lines that found the file full
    };
    State state() const;

private:
    AuditUploader(int descriptor, std::int64_t size, Deliver deliver, const Log& log);

    struct Batch {
        LoginsRequest lines;
        std::int64_t bytes = 0;
    };
    void ship();
    bool is_stopping();
    // Of the file: what has not arrived yet.
    struct Waiting {
        std::int64_t from = 0;
        std::int64_t bytes = 0;
    };
    std::optional<Waiting> await_lines();
    Batch next_batch(const Waiting& waiting) const;
    void settle(const Batch& batch, const Result<void>& delivered);
    void pause();

    const int descriptor_;
    const Deliver deliver_;
    const Log& log_;
    bool is_failing_ = false;  // of the thread
    mutable Mutex mutex_;
    Condition changed_;
    std::int64_t size_ GUARDED_BY(mutex_);      // of the file
    std::int64_t sent_ GUARDED_BY(mutex_) = 0;  // so much of it has arrived
    std::uint64_t left_out_ GUARDED_BY(mutex_) = 0;
    bool stopping_ GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace countersign::agent_api::client
