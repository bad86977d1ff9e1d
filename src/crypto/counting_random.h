// A predictable Random for tests: it gives the bytes 0, 1, 2 … 255 and begins again. For one thread.
#pragma once

#include <string>

#include "crypto/random.h"

namespace countersign::crypto {

class CountingRandom : public Random {
public:
    explicit CountingRandom(unsigned char first = 0) : next_(first) {}

    std::string bytes(std::size_t count) override {
        std::string bytes(count, '\0');
        for (char& byte : bytes) byte = static_cast<char>(next_++);
        return bytes;
    }

private:
    unsigned char next_;
};

}  // namespace countersign::crypto
