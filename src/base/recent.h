// A bounded map that forgets the oldest: of two generations, what was neither put nor found during the newer
// goes with the older. `Map` is a map or unordered_map. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <unordered_map>
#include <utility>

namespace countersign {

template <class Map>
class Recent {
public:
    using Key = typename Map::key_type;
    using Item = typename Map::mapped_type;

    explicit Recent(std::size_t items_max) : generation_max_(std::max<std::size_t>(items_max / 2, 1)) {}

    // nullptr when there is none; good until the next call of anything else.
    Item* find(const Key& key) {
        if (const auto young = young_.find(key); young != young_.end()) return &young->second;
        auto found = old_.extract(key);
        if (found.empty()) return nullptr;
        make_room();
        return &young_.insert(std::move(found)).position->second;
    }
    Item& put(const Key& key, Item item) {
        erase(key);
        make_room();
        return young_.insert_or_assign(key, std::move(item)).first->second;
    }
    void erase(const Key& key) {
        young_.erase(key);
        old_.erase(key);
    }
    template <class Condition>
    void erase_if(const Condition& goes) {
        std::erase_if(young_, goes);
        std::erase_if(old_, goes);
    }
    void clear() {
        young_.clear();
        old_.clear();
    }
    std::size_t size() const { return young_.size() + old_.size(); }

private:
    void make_room() {
        if (young_.size() < generation_max_) return;
        old_ = std::move(young_);
        young_.clear();
    }

    const std::size_t generation_max_;
    Map young_;
    Map old_;
};

}  // namespace countersign
