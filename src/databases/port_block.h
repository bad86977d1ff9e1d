// Ports of this machine that no other Countersign takes meanwhile, for servers that come and go by the dozen.
#pragma once

#include <cstdint>

#include "base/descriptor.h"
#include "base/result.h"

namespace countersign::databases {

// A hundred ports below those that Linux gives to outgoing connections. The claim is a name that the kernel
// keeps where it keeps the ports, in the network namespace, and gives up with the process, however that ends;
// a program that knows nothing of it may still have one of the ports.
class PortBlock {
public:
    // Fault::unavailable when every block is taken.
    static Result<PortBlock> claim();

    std::uint16_t first() const { return first_; }
    std::uint16_t last() const;

private:
    PortBlock(std::uint16_t first, Descriptor claim) : first_(first), claim_(std::move(claim)) {}

    std::uint16_t first_;
    Descriptor claim_;
};

}  // namespace countersign::databases
