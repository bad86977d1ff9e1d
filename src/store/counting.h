// A store that counts the entries that its lists read. Only for tests. Safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.h"

namespace countersign::store {

class CountingStore final : public Store {
public:
    explicit CountingStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}

    // Of the lists of this very prefix, since the last call.
    std::size_t take_entries_read(const std::string& prefix) {
        const std::lock_guard lock(mutex_);
        return std::exchange(entries_read_[prefix], 0);
    }

    Result<std::optional<Entry>> get(std::string_view key) override { return store_->get(key); }
    Result<Page> list(std::string_view prefix, const ListOptions& options) override {
        Result<Page> page = store_->list(prefix, options);
        const std::lock_guard lock(mutex_);
        if (page) entries_read_[std::string(prefix)] += page->entries.size();
        return page;
    }
    Result<Revision> commit(const Transaction& transaction) override { return store_->commit(transaction); }
    Result<std::optional<Revision>> find_commit(std::string_view id) override {
        return store_->find_commit(id);
    }
    Revision revision() const override { return store_->revision(); }
    std::unique_ptr<Watch> watch(std::string_view prefix, Revision after) override {
        return store_->watch(prefix, after);
    }
    Result<void> compact(Revision before) override { return store_->compact(before); }

private:
    std::unique_ptr<Store> store_;
    std::mutex mutex_;
    std::map<std::string, std::size_t> entries_read_;
};

}  // namespace countersign::store
