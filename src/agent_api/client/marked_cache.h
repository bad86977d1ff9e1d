// What an agent keeps of its control plane's answers: at most so many, those that are used least go first,
// and none that is made of something that changed since it was asked for. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent_api/protocol/protocol.h"
#include "base/changes.h"
#include "base/recent.h"

namespace countersign::agent_api::client {

template <class Item>
class MarkedCache {
public:
    // Counted up by every change.
    using Version = std::uint64_t;

    explicit MarkedCache(std::size_t items_max) : items_(items_max) {}

    // The moment to pass on to put(), taken before asking for what will be put.
    Version version() const { return now_; }

    // nullptr when there is none; good until the next call of anything else.
    const Item* find(const std::string& key) {
        CacheEntry* kept = items_.find(key);
        if (kept == nullptr) return nullptr;
        if (is_good(*kept)) return &kept->item;
        items_.erase(key);
        return nullptr;
    }

    // False when something it is made of has changed since `asked`: it is not kept then.
    bool put(const std::string& key, Item item, std::vector<KeyTag> marks, Version asked) {
        CacheEntry kept{std::move(item), std::move(marks), asked};
        if (!is_good(kept)) return false;
        items_.put(key, std::move(kept));
        return true;
    }

    void take(const std::string& key) { items_.erase(key); }

    template <class Condition>
    void take_if(const Condition& is_over) {
        items_.erase_if([&](const auto& one) { return is_over(one.second.item); });
    }

    // What is made of it is no longer good.
    void invalidate(KeyTag mark) { changed_.note(mark, ++now_); }

    void clear() {
        items_.clear();
        changed_.note_all(++now_);
    }

    std::size_t size() const { return items_.size(); }

private:
    struct CacheEntry {
        Item item;
        std::vector<KeyTag> marks;
        Version checked = 0;  // nothing that it is made of has changed up to then
    };
    static constexpr std::size_t changed_max = 200'000;

    bool is_good(CacheEntry& kept) {
        if (kept.checked != now_ && !changed_.none_since(kept.checked, kept.marks)) return false;
        kept.checked = now_;
        return true;
    }

    Recent<std::unordered_map<std::string, CacheEntry>> items_;
    Changes<KeyTag, Version> changed_{changed_max};
    Version now_ = 0;
};

}  // namespace countersign::agent_api::client
