// A session token: whatever stands in its place must not open, neither as it comes nor as a record that was
// sealed by somebody else's key.
#include <cstdlib>
#include <string_view>

#include "access/session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    static const crypto::SealingKey sealing{Secret(std::string(32, 'k'))};
    static const crypto::SealingKey other{Secret(std::string(32, 'o'))};
    static crypto::SystemRandom random;
    constexpr std::string_view id = "ASIAAAAAAAAAAAAAAAAA";
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (access::open_session(bytes, id, sealing)) std::abort();
    if (size > 65'536) return 0;
    // The bytes as contents: sealed rightly they are read as a record, or refused; sealed otherwise never.
    const std::string context = "session/" + std::string(id);
    if (access::open_session(other.seal(Secret(bytes), context, random), id, sealing)) std::abort();
    const auto opened = access::open_session(sealing.seal(Secret(bytes), context, random), id, sealing);
    if (opened && opened->session.kind == access::SessionKind::none) std::abort();
    return 0;
}
