// Which port a new server gets: free in the store and on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace countersign::databases {

struct PortRange {
    std::string host;  // the endpoints' host: localhost, or a name for which servers listen on every address
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};

// A port with its claim: `unclaimed` and `claim` go into the transaction that writes the server's record.
struct PortChoice {
    std::uint16_t port = 0;
    store::Guard unclaimed;
    store::Write claim;
};

// Nothing wanted: the first of the range that is free. A wanted port is used if it is free; otherwise
// Fault::invalid (InvalidParameterValue) says so. Fault::throttled when no port of the range is free.
Result<PortChoice> choose_port(store::Store& store, const PortRange& range,
                               std::optional<std::uint16_t> wanted, const std::string& resource_id);

// Whether every address that a server for this host listens on can be bound with the port now.
bool port_is_bindable(const std::string& host, std::uint16_t port);

}  // namespace countersign::databases
