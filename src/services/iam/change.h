// One record read, changed and written back, whatever others write meanwhile.
#pragma once

#include <string>

#include "gateway/operation.h"
#include "services/iam/service.h"
#include "store/records.h"

namespace countersign::iam {

// `find` looks the record up by its name (find_user, find_role, …). `change` changes it, and may add to the
// transaction what else must hold or be written; it runs again where another writer was faster.
template <auto find, class Change>
Result<gateway::Nothing> change_record(const Deps& deps, const gateway::Call& call, const std::string& name,
                                       Change change) {
    return store::retry_races([&]() -> Result<gateway::Nothing> {
        auto stored = TRY(find(deps.store, call.account(), name));
        store::Transaction transaction{{stored.unchanged()}, {}};
        TRY(change(stored.record, transaction));
        transaction.writes.push_back(store::put(stored.key, stored.record));
        TRY(deps.store.commit(transaction));
        return gateway::Nothing{};
    });
}

}  // namespace countersign::iam
