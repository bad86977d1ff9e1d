// RDS events of what the audit notes about pg_hba.conf of attached servers, whichever agent saw it. Writes
// with a thread of its own.
#pragma once

#include "audit/entry.h"
#include "audit/queue.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "store/store.h"

namespace countersign::apps {

class HbaEvents : public audit::LoginListener {
public:
    // References must outlive it.
    struct Deps {
        store::Store& store;
        const Clock& clock;
        crypto::Random& random;
        const Log& log;
    };
    explicit HbaEvents(const Deps& deps);

    void on_login(const audit::LoginEntry& entry) override;

private:
    bool write(const audit::LoginEntry& entry);

    const Deps deps_;
    audit::LogQueue<audit::LoginEntry> queue_;
};

}  // namespace countersign::apps
