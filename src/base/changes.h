// The newest change of each key, of a bounded number of keys: what changed longest ago is forgotten, and
// counts as changed since whatever was before it. Moments never go back. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

namespace countersign {

template <class Key, class Moment>
class Changes {
public:
    explicit Changes(std::size_t keys_max) : generation_max_(std::max<std::size_t>(keys_max / 2, 1)) {}

    void note(const Key& key, Moment at) {
        if (young_.size() >= generation_max_ && !young_.contains(key)) {
            if (!old_.empty()) horizon_ = std::max(horizon_, old_newest_);
            old_ = std::exchange(young_, {});
            old_newest_ = newest_;
        }
        young_[key] = newest_ = at;
    }
    // Of every key, for whatever was before `at`.
    void note_all(Moment at) {
        young_.clear();
        old_.clear();
        horizon_ = newest_ = at;
    }
    // True when it is sure.
    template <class Keys>
    bool none_since(Moment since, const Keys& keys) const {
        return since >= horizon_ && std::ranges::none_of(keys, [&](const Key& key) {
                   return changed_since(young_, since, key) || changed_since(old_, since, key);
               });
    }

private:
    using Map = std::unordered_map<Key, Moment>;
    static bool changed_since(const Map& changes, Moment since, const Key& key) {
        const auto change = changes.find(key);
        return change != changes.end() && change->second > since;
    }

    const std::size_t generation_max_;
    Map young_;
    Map old_;
    Moment newest_{};
    Moment old_newest_{};  // of old_
    Moment horizon_{};     // all changes after it are known
};

}  // namespace countersign
