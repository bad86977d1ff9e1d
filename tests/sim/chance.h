// All that is random in a simulation comes from its seed; its time is set by its steps.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/random.h"

namespace countersign::sim {

// The same seed gives the same draws on every machine. For one thread.
class Chance final : public crypto::Random {
public:
    explicit Chance(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    template <class T>
    const T& pick(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }
    std::string bytes(std::size_t count) override {
        std::string bytes(count, '\0');
        for (char& byte : bytes) byte = static_cast<char>(engine_() >> 56);
        return bytes;
    }

private:
    std::mt19937_64 engine_;
};

class SimulatedClock final : public Clock {
public:
    Instant now() const override { return now_; }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    Instant now_{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
};

}  // namespace countersign::sim
