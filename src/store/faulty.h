// A store whose nth commit fails, to test what stands above a store that is away for a moment.
// It passes everything else on to the store that it wraps, which must outlive it. Safe from any thread.
#pragma once

#include <mutex>
#include <optional>

#include "store/store.h"

namespace countersign::store {

enum class Failure {
    not_written,  // the commit does not reach the store
    answer_lost,  // the commit happens, but its answer does not arrive
};

class FaultyStore final : public Store {
public:
    explicit FaultyStore(Store& store) : store_(store) {}

    // The nth commit from now on answers Fault::unavailable, once; 1 is the next one.
    void fail_commit(int nth, Failure failure);

    Result<std::optional<Entry>> get(std::string_view key) override { return store_.get(key); }
    Result<Page> list(std::string_view prefix, const ListOptions& options) override {
        return store_.list(prefix, options);
    }
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

    Store& store_;
    std::mutex mutex_;
    int commits_left_ = 0;
    Failure failure_ = Failure::not_written;
};

}  // namespace countersign::store
