// When access keys and roles were last used. Kept in memory and written down at most once a minute for each,
// so that using a key costs no write. Safe to call from any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/iam.h"
#include "store/store.h"

namespace countersign::access {

class LastUsed {
public:
    explicit LastUsed(store::Store& store) : store_(store) {}

    // `id` is an access key's or a role's (AROA…). What cannot be written down is only remembered.
    void note(const std::string& id, const model::LastUse& use);
    Result<std::optional<model::LastUse>> find(const std::string& id) const;

private:
    struct Noted {
        model::LastUse use;
        std::optional<Instant> written;
    };

    store::Store& store_;
    mutable Mutex mutex_;
    std::map<std::string, Noted> noted_ GUARDED_BY(mutex_);
};

}  // namespace countersign::access
