#include "store/faulty.h"

namespace countersign::store {

void FaultyStore::fail_commit(int nth, Failure failure) {
    const std::lock_guard lock(mutex_);
    commits_left_ = nth;
    failure_ = failure;
}

std::optional<Failure> FaultyStore::count_down() {
    const std::lock_guard lock(mutex_);
    if (commits_left_ == 0 || --commits_left_ > 0) return std::nullopt;
    return failure_;
}

Result<Revision> FaultyStore::commit(const Transaction& transaction) {
    const std::optional<Failure> failure = count_down();
    if (!failure) return store_.commit(transaction);
    if (*failure == Failure::answer_lost) TRY(store_.commit(transaction));
    return Error{Fault::unavailable, "the store does not answer"};
}

}  // namespace countersign::store
