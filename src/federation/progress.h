// How far the checks came of somebody whom an identity provider vouches for. The checks themselves are where
// they are made; here they have names, so that an explanation tells of the very checks that decide. A value.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <string_view>

namespace countersign::federation {

// In the order in which an explanation shows them.
enum class Check {
    form,      // what it is can be read
    provider,  // the account knows who made it
    keys,      // and has what that provider's signatures are verified with
    signature,
    issuer,
    subject,
    audience,
    expiry,
    session,  // what it brings to a session: name, tags, source identity
    role,     // the role is there, and offered where the provider offers roles
    policy,   // the role's trust policy
    limits,   // how long the session lasts, how large it is
};

inline constexpr std::array<std::string_view, 12> check_names = {
    "form",     "provider", "keys",    "signature", "issuer", "subject",
    "audience", "expiry",   "session", "role",      "policy", "limits"};

constexpr std::string_view name_of(Check check) {
    return check_names[static_cast<std::size_t>(check)];
}

class Progress {
public:
    // The check before has passed.
    void begin(Check check) {
        at_ = check;
        begun_.set(static_cast<std::size_t>(check));
    }
    Check at() const { return at_; }
    bool has_begun(Check check) const { return begun_.test(static_cast<std::size_t>(check)); }
    // Whether the check is behind.
    bool has_passed(Check check) const { return has_begun(check) && check != at_; }

private:
    Check at_ = Check::form;
    std::bitset<check_names.size()> begun_ = 1;
};

// Nobody has to follow.
inline void begin(Progress* progress, Check check) {
    if (progress != nullptr) progress->begin(check);
}

}  // namespace countersign::federation
