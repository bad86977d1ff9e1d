// Where a new server listens: a host and a port, free in the store and on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/rds.h"
#include "store/store.h"

namespace countersign::databases {

// What a server gets that asks for a port which another one, or another program, has.
enum class TakenPort {
    address,  // that port at a host of its own; where none has it free, as `other`
    other,    // another port of the range
    refuse,
};

struct PortRange {
    std::string host;  // the endpoints' host: localhost, or a name for which servers listen on every address
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    TakenPort taken = TakenPort::address;
    // Further names or addresses of this machine, for one server a port each. None: where the endpoints' host
    // is localhost, 127.54.32.1 to 127.54.32.254. Where it is another, servers that ask for a port are put at
    // these from the first on: one that listens on every address would leave the port to no other, and gets
    // none that another has at one of these.
    std::vector<std::string> own_hosts = {};
    std::vector<std::string> taken_keys = {};  // of claims that the same transaction makes
};

// A place with its claim: `unclaimed` and `claim` go into the transaction that writes the server's record.
struct PortChoice {
    std::string host;
    std::uint16_t port = 0;
    bool own_host = false;
    std::vector<store::Guard> unclaimed;
    store::Write claim;
};

// Nothing wanted: the first port of the range that is free. A wanted port is used if it is free; what happens
// otherwise is the range's to say. Fault::invalid (InvalidParameterValue) for a taken port that is refused,
// Fault::throttled when no port of the range is free. May wait for the names of own hosts.
Result<PortChoice> choose_port(store::Store& store, const PortRange& range,
                               std::optional<std::uint16_t> wanted, const std::string& resource_id);

model::Place place_of(const model::Server& server);

// The key of the claim on a place.
std::string claim_key(const model::Place& place);
std::string claim_key(const model::Server& server);

// Whether every address that a server for this host listens on can be bound with the port now.
bool port_is_bindable(const std::string& host, std::uint16_t port);

// The same for a server that listens at that host alone.
bool own_port_is_bindable(const std::string& host, std::uint16_t port);

// Either of them, whichever the server is.
bool place_is_bindable(const model::Server& server, const std::string& endpoint_host);

}  // namespace countersign::databases
