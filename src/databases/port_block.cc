#include "databases/port_block.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <random>

namespace countersign::databases {

namespace {

constexpr std::uint16_t lowest = 20000;
constexpr std::uint16_t block_ports = 100;
constexpr unsigned blocks = 127;  // the last one ends at 32699

// Nothing when another process has that name.
Descriptor take_name(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // an abstract name begins with a zero
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), length) == 0)
        return socket;
    return {};
}

}  // namespace

Result<PortBlock> PortBlock::claim() {
    const unsigned start = std::random_device()() % blocks;  // so that those that end rest for a while
    for (unsigned tried = 0; tried < blocks; ++tried) {
        const auto first = static_cast<std::uint16_t>(lowest + (start + tried) % blocks * block_ports);
        Descriptor claim = take_name(fmt::format("countersign-ports-{}", first));
        if (claim) return PortBlock(first, std::move(claim));
    }
    return Error{Fault::unavailable, "other servers have all the ports there are; say --database-ports"};
}

std::uint16_t PortBlock::last() const {
    return first_ + block_ports - 1;
}

}  // namespace countersign::databases
