// Randomness is passed in, as time is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::crypto {

// A source of unpredictable bytes. Safe to call from any thread.
class Random {
public:
    virtual ~Random() = default;
    virtual std::string bytes(std::size_t count) = 0;
};

class SystemRandom : public Random {
public:
    // Ends the process when the machine has no randomness: there is nothing safe to go on with.
    std::string bytes(std::size_t count) override;
};

// Characters drawn evenly from the alphabet (at most 256 of them).
std::string random_text(Random& random, std::string_view alphabet, std::size_t length);

std::string random_uuid(Random& random);  // RFC 4122 version 4

}  // namespace countersign::crypto
