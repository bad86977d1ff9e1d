// What an agent keeps of its control plane's answers: at most so many, those that are used least go first,
// and none that is made of something that changed since it was asked for. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent_api/protocol/protocol.h"

namespace countersign::agent_api::client {

template <class Item>
class Shelf {
public:
    // Counted up by every change.
    using Moment = std::uint64_t;

    explicit Shelf(std::size_t items_max) : generation_max_(std::max<std::size_t>(items_max / 2, 1)) {}

    // The moment to pass on to put(), taken before asking for what will be put.
    Moment moment() const { return now_; }

    // nullptr when there is none; good until the next call of anything else.
    const Item* find(const std::string& place) {
        if (const auto young = young_.find(place); young != young_.end()) {
            if (is_good(young->second)) return &young->second.item;
            young_.erase(young);
            return nullptr;
        }
        auto found = old_.extract(place);
        if (found.empty() || !is_good(found.mapped())) return nullptr;
        make_room();
        return &young_.insert(std::move(found)).position->second.item;
    }

    // False when something it is made of has changed since `asked`: it is not kept then.
    bool put(const std::string& place, Item item, std::vector<Mark> marks, Moment asked) {
        Kept kept{std::move(item), std::move(marks), asked};
        if (!is_good(kept)) return false;
        take(place);
        make_room();
        young_.insert_or_assign(place, std::move(kept));
        return true;
    }

    void take(const std::string& place) {
        young_.erase(place);
        old_.erase(place);
    }

    template <class Condition>
    void take_if(const Condition& is_over) {
        const auto goes = [&](const auto& one) { return is_over(one.second.item); };
        std::erase_if(young_, goes);
        std::erase_if(old_, goes);
    }

    // What is made of it is no longer good.
    void drop(Mark mark) {
        if (changed_.size() >= changed_max) clear();
        changed_[mark] = ++now_;
    }

    void clear() {
        young_.clear();
        old_.clear();
        changed_.clear();
        cleared_ = ++now_;
    }

    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct Kept {
        Item item;
        std::vector<Mark> marks;
        Moment checked = 0;  // nothing that it is made of has changed up to then
    };
    static constexpr std::size_t changed_max = 200'000;

    bool is_good(Kept& kept) {
        if (kept.checked < cleared_) return false;
        if (kept.checked == now_) return true;
        const bool touched = std::ranges::any_of(kept.marks, [&](Mark mark) {
            const auto change = changed_.find(mark);
            return change != changed_.end() && change->second > kept.checked;
        });
        if (!touched) kept.checked = now_;
        return !touched;
    }

    // What was not asked for during a whole generation goes.
    void make_room() {
        if (young_.size() < generation_max_) return;
        old_ = std::move(young_);
        young_.clear();
    }

    const std::size_t generation_max_;
    std::unordered_map<std::string, Kept> young_;
    std::unordered_map<std::string, Kept> old_;
    std::unordered_map<Mark, Moment> changed_;
    Moment now_ = 0;
    Moment cleared_ = 0;
};

}  // namespace countersign::agent_api::client
