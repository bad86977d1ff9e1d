// Login records by access key: what the control plane knows of it, with the signing key derived for one date
// and region. Kept until something changes that it is made of. Safe to call from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "access/principals.h"
#include "agent/record_source.h"
#include "base/mutex.h"
#include "base/recent.h"
#include "base/result.h"
#include "login/verdict.h"

namespace countersign::agent {

// What a database host may know of an access key: the key derived for this scope, never the secret.
login::LoginRecord make_record(const access::KeyHolder& holder, const sigv4::Scope& scope);

class LoginRecords : public RecordSource {
public:
    explicit LoginRecords(access::Principals& principals) : principals_(principals) {}

    Result<std::shared_ptr<const login::LoginRecord>> find(const login::ClaimedKey& claimed) override;

private:
    struct CacheEntry {
        access::KeyHolderPointer holder;  // what the record was made of
        std::shared_ptr<const login::LoginRecord> record;
    };
    // access key id, session digest, date, region
    using Place = std::tuple<std::string, std::string, std::string, std::string>;

    static constexpr std::size_t records_max = 100'000;

    access::Principals& principals_;
    Mutex mutex_;  // not held while a key is derived
    Recent<std::map<Place, CacheEntry>> kept_ GUARDED_BY(mutex_){records_max};
};

}  // namespace countersign::agent
