#include "store/faulty.h"

#include <utility>

namespace countersign::store {

namespace {

Error away() {
    return Error{Fault::unavailable, "the store does not answer"};
}

}  // namespace

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

void FaultyStore::interfere(Interference interference) {
    const std::lock_guard lock(mutex_);
    interference_ = std::move(interference);
}

Interference FaultyStore::interference() {
    const std::lock_guard lock(mutex_);
    return interference_;
}

std::optional<Failure> FaultyStore::failure_of(const Transaction& transaction) {
    if (const std::optional<Failure> counted = count_down()) return counted;
    const Interference asked = interference();
    return asked.commit ? asked.commit(transaction) : std::nullopt;
}

bool FaultyStore::read_fails(std::string_view key) {
    const Interference asked = interference();
    return asked.read && asked.read(key);
}

Result<std::optional<Entry>> FaultyStore::get(std::string_view key) {
    if (read_fails(key)) return away();
    return store_.get(key);
}

Result<Page> FaultyStore::list(std::string_view prefix, const ListOptions& options) {
    if (read_fails(prefix)) return away();
    return store_.list(prefix, options);
}

Result<Revision> FaultyStore::commit(const Transaction& transaction) {
    const std::optional<Failure> failure = failure_of(transaction);
    if (!failure) return store_.commit(transaction);
    if (*failure == Failure::answer_lost) TRY(store_.commit(transaction));
    return away();
}

}  // namespace countersign::store
