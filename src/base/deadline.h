// How long something may still take. Measures durations only; what the time is, a Clock says.
#pragma once

#include <algorithm>
#include <chrono>

namespace countersign {

class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds patience)
        : ends_(std::chrono::steady_clock::now() + patience) {}

    // Never below zero.
    std::chrono::milliseconds left() const {
        const auto left = ends_ - std::chrono::steady_clock::now();
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
    }
    bool passed() const { return left() == std::chrono::milliseconds(0); }

private:
    std::chrono::steady_clock::time_point ends_;
};

}  // namespace countersign
