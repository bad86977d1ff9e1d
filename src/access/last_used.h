// When access keys and roles were last used. Kept in memory and written down at most once a minute for each,
// so that using a key costs no write. Safe to call from any thread.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/recent.h"
#include "base/result.h"
#include "model/iam.h"
#include "store/store.h"

namespace countersign::access {

class LastUsed {
public:
    // So many are kept in memory; of one that is not, what was written down is known.
    static constexpr std::size_t noted_max = 100'000;

    explicit LastUsed(store::Store& store, std::size_t kept_max = noted_max)
        : store_(store), noted_(kept_max) {}

    // `id` is an access key's or a role's (AROA…). What cannot be written down is only remembered.
    void note(const std::string& id, const model::LastUse& use);
    Result<std::optional<model::LastUse>> find(const std::string& id) const;

private:
    struct Noted {
        model::LastUse use;
        Instant written;  // the use that was written down last
    };

    store::Store& store_;
    mutable Mutex mutex_;
    mutable Recent<std::unordered_map<std::string, Noted>> noted_ GUARDED_BY(mutex_);
};

}  // namespace countersign::access
