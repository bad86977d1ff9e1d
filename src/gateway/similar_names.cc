#include "gateway/similar_names.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/text.h"

namespace countersign::gateway {

namespace {

constexpr int noun_weight = 2;

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

// DescribeDBInstances: describe, db, instance. One and several of a thing are the same word.
std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool after_lower = i > 0 && !is_upper(name[i - 1]);
        const bool before_lower = i + 1 < name.size() && !is_upper(name[i + 1]);
        if (words.empty() || (is_upper(name[i]) && (after_lower || before_lower))) words.emplace_back();
        words.back() += name[i];
    }
    for (std::string& word : words) {
        word = lower(word);
        if (word.ends_with('s')) word.pop_back();
    }
    return words;
}

int likeness(const std::vector<std::string>& one, const std::vector<std::string>& other) {
    if (one.empty() || other.empty()) return 0;
    int sum = one.front() == other.front() ? 1 : 0;
    for (std::size_t i = 1; i < one.size(); ++i)
        if (std::find(other.begin() + 1, other.end(), one[i]) != other.end()) sum += noun_weight;
    return sum;
}

}  // namespace

std::vector<std::string_view> similar_names(std::string_view asked,
                                            const std::vector<std::string_view>& names, std::size_t most) {
    struct Candidate {
        int likeness;
        std::size_t words;
        std::string_view name;
    };
    const std::vector<std::string> words = words_of(asked);
    std::vector<Candidate> candidates;
    for (const std::string_view name : names) {
        const std::vector<std::string> others = words_of(name);
        if (const int sum = likeness(words, others); sum > 0)
            candidates.push_back({sum, others.size(), name});
    }
    std::ranges::sort(candidates, [](const Candidate& one, const Candidate& other) {
        if (one.likeness != other.likeness) return one.likeness > other.likeness;
        return std::tie(one.words, one.name) < std::tie(other.words, other.name);
    });
    std::vector<std::string_view> similar;
    for (std::size_t i = 0; i < candidates.size() && i < most; ++i) similar.push_back(candidates[i].name);
    return similar;
}

}  // namespace countersign::gateway
