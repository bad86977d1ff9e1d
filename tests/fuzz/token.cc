// A database token: whatever is sent for a password must be refused or read, and only a signed one let in.
#include <cstdlib>

#include "login/verdict.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const login::SentToken token({reinterpret_cast<const char*>(data), size});
    login::Server server{"db-X", "us-east-1", "123456789012", true, {{"localhost", 5432}}, {}};
    login::LoginRecord record;
    record.active = true;
    record.signing_key = Secret(std::string(32, 'k'));
    record.principal = std::make_shared<login::Principal>();
    if (const auto claimed = login::claimed_key(token)) record.scope = claimed->scope;
    const login::Attempt attempt{login::Transport::tls, login::Membership::member, "jane", "", token};
    // No policy is attached, so nothing may be allowed, however the token looks.
    if (login::judge(attempt, server, {&record}, Instant(std::chrono::seconds(1'767'225'600))).allowed())
        std::abort();
    return 0;
}
