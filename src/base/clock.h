// Time is passed in: only SystemClock reads the machine's clock. Instants are UTC with milliseconds.
#pragma once

#include <chrono>

namespace countersign {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// A source of the present. Safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock : public Clock {
public:
    Instant now() const override;
};

}  // namespace countersign
