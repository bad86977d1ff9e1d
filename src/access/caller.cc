#include "access/caller.h"

namespace countersign::access {

policy::Context principal_context(const Principal& principal, Instant now) {
    policy::Context context = principal.context;
    if (principal.session != nullptr && principal.session->mfa_time) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - *principal.session->mfa_time);
        context["aws:multifactorauthage"] = {std::to_string(age.count())};
    }
    return context;
}

}  // namespace countersign::access
