// What a client of the proxy sends before its session, and what a server answers there: refused or whole, and
// nobody but the proxy's own user is let in.
#include <cstdlib>
#include <string_view>

#include "base/limits.h"
#include "proxy/startup.h"

namespace {

using namespace countersign;
using namespace countersign::proxy;

void must(bool holds) {
    if (!holds) std::abort();
}

void check_startup(std::string_view bytes) {
    const auto startup = parse_startup(bytes);
    if (!startup) {
        must(!startup.error().message.empty());
        return;
    }
    must(bytes.size() <= limits::startup_bytes_max);
    if (startup->kind != StartupKind::session || user_refusal(*startup, "jane")) return;
    must(bytes.find(std::string_view("user\0jane\0", 10)) != std::string_view::npos);
}

void check_answers(std::string_view bytes) {
    ServerMessages messages;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        messages.add(bytes.substr(at, 7));
        while (true) {
            const auto message = messages.next();
            if (!message) return;
            if (!*message) break;
            static_cast<void>(authentication_asked(**message));
            must((*message)->bytes == bytes.substr(taken, (*message)->bytes.size()));
            taken += (*message)->bytes.size();
        }
    }
    must(messages.take_rest() == bytes.substr(taken));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_startup(bytes);
    check_answers(bytes);
    return 0;
}
