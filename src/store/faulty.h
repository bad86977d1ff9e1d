// A store whose nth commit fails, or whose calls fail as a callback says, to test what stands above a store
// that is away for a moment. It passes everything else on to the store that it wraps, which must outlive it.
// Safe from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "store/store.h"

namespace countersign::store {

enum class Failure {
    not_written,  // the commit does not reach the store
    answer_lost,  // the commit happens, but its answer does not arrive
};

// Asked before each call of its kind, from the thread of that call and without a lock; each may be empty.
struct Interference {
    // What becomes of the commit; nothing: it is passed on. May write to the store by itself, as another
    // writer who comes between a read and its commit.
    std::function<std::optional<Failure>(const Transaction& transaction)> commit = {};
    // Whether the get of a key, or the list of a prefix, fails.
    std::function<bool(std::string_view key)> read = {};
};

class FaultyStore final : public Store {
public:
    explicit FaultyStore(Store& store) : store_(store) {}

    // The nth commit from now on answers Fault::unavailable, once; 1 is the next one.
    void fail_commit(int nth, Failure failure);

    // From now on; what fails answers Fault::unavailable.
    void interfere(Interference interference);

    Result<std::optional<Entry>> get(std::string_view key) override;
    Result<Page> list(std::string_view prefix, const ListOptions& options) override;
    Result<Revision> commit(const Transaction& transaction) override;
    Result<std::optional<Revision>> find_commit(std::string_view id) override {
        return store_.find_commit(id);
    }
    Revision revision() const override { return store_.revision(); }
    std::unique_ptr<Watch> watch(std::string_view prefix, Revision after) override {
        return store_.watch(prefix, after);
    }
    Result<void> compact(Revision before) override { return store_.compact(before); }

private:
    std::optional<Failure> count_down();
    std::optional<Failure> failure_of(const Transaction& transaction);
    bool read_fails(std::string_view key);
    Interference interference();

    Store& store_;
    std::mutex mutex_;
    int commits_left_ = 0;
    Failure failure_ = Failure::not_written;
    Interference interference_;
};

}  // namespace countersign::store
