#include "policy/sentence.h"

#include "policy/glob.h"

namespace countersign::policy {

namespace {

// How AWS words a kind of policy: where it denies, and of what kind none allows.
struct Wording {
    std::string_view denying;
    std::string_view allowing;
};

Wording wording_of(Kind kind, std::string_view action) {
    switch (kind) {
        case Kind::identity:
            return {"an identity-based policy", "identity-based policy"};
        case Kind::boundary:
            return {"a permissions boundary", "permissions boundary"};
        case Kind::session:
            return {"a sessions policy", "session policy"};
        case Kind::guardrail:
            return {"a service control policy", "service control policy"};
        case Kind::resource:
            if (assumes_role(action)) return {"the role trust policy", "role trust policy"};
            return {"a resource-based policy", "resource-based policy"};
    }
    return {};
}

}  // namespace

bool assumes_role(std::string_view action) {
    constexpr std::string_view start = "sts:AssumeRole";
    return same(action.substr(0, start.size()), start, Case::ignored);
}

std::string_view policy_words(Kind kind, std::string_view action) {
    return wording_of(kind, action).allowing;
}

std::string refusal_reason(const Decision& decision, std::string_view action) {
    if (decision.allowed()) return {};
    const Wording words = wording_of(decision.kind(), action);
    // AWS calls it explicit even where the service control policies only lack an Allow.
    const bool denied = decision.effect() == Effect::explicit_deny || decision.kind() == Kind::guardrail;
    if (denied) return "with an explicit deny in " + std::string(words.denying);
    return "because no " + std::string(words.allowing) + " allows the " + std::string(action) + " action";
}

std::string decided_by_text(const DecidedBy& by) {
    const std::string place = by.policy + ", statement " + std::to_string(by.statement);
    return by.sid.empty() ? place : place + " (" + by.sid + ")";
}

}  // namespace countersign::policy
