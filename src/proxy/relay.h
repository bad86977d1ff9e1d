// Moves bytes between a client and a server until one of them ends, without a look at them. One side is TLS
// of ours, so that the kernel cannot move them by itself (splice).
#pragma once

#include <string>

#include "proxy/tls.h"

namespace countersign::proxy {

// `from_server` is what came already. Returns when both ways are done, or `stopping` is readable. The
// client's socket must not block.
void relay(int client, TlsConnection& server, std::string from_server, int stopping);

}  // namespace countersign::proxy
