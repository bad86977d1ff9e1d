// Where an agent gets what it knows of an access key: from the control plane in its own process
// (login_records.h), or from one that is far away. Safe to call from any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "login/verdict.h"

namespace countersign::agent {

class RecordSource {
public:
    virtual ~RecordSource() = default;

    // Nothing when the access key is not known. Fault::unavailable: that cannot be told now, with the reason
    // for a person.
    virtual Result<std::shared_ptr<const login::LoginRecord>> find(const login::ClaimedKey& claimed) = 0;
};

}  // namespace countersign::agent
