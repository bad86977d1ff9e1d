#include "services/iam/passwords.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/scram.h"
#include "formats/encoding.h"

namespace countersign::iam {

namespace {

constexpr std::size_t remembered_max = 24;  // the most that a policy can ask for

Error violation(std::string message) {
    return Error{Fault::invalid, std::move(message), "PasswordPolicyViolation"};
}

struct Classes {
    bool lowercase = false;
    bool uppercase = false;
    bool numbers = false;
    bool symbols = false;
    int count() const { return lowercase + uppercase + numbers + symbols; }
};

Classes classes_of(std::string_view password) {
    constexpr std::string_view symbols = "!@#$%^&*()_+-=[]{}|'";
    Classes classes;
    for (const char c : password) {
        classes.lowercase |= c >= 'a' && c <= 'z';
        classes.uppercase |= c >= 'A' && c <= 'Z';
        classes.numbers |= c >= '0' && c <= '9';
        classes.symbols |= symbols.find(c) != std::string_view::npos;
    }
    return classes;
}

Result<void> check_default(std::string_view password, const std::string& user) {
    constexpr std::size_t length_min = 8;
    constexpr int classes_min = 3;
    if (password.size() < length_min || classes_of(password).count() < classes_min ||
        lower(password) == lower(user))
        return violation("Password does not conform to the account password policy.");
    return {};
}

// Gives the salt of a known verifier, so that the same password makes the same verifier again.
class KnownSalt : public crypto::Random {
public:
    explicit KnownSalt(std::string salt) : salt_(std::move(salt)) {}
    std::string bytes(std::size_t) override { return salt_; }

private:
    std::string salt_;
};

// `verifier` is SCRAM-SHA-256$ITERATIONS:SALT$KEYS.
bool verifies(const std::string& verifier, const Secret& password) {
    const std::vector<std::string_view> parts = split(verifier, '$');
    const std::size_t colon = parts.size() == 3 ? parts[1].find(':') : std::string_view::npos;
    if (colon == std::string_view::npos) return false;
    auto salt = formats::from_base64(parts[1].substr(colon + 1));
    if (!salt) return false;
    KnownSalt random(*std::move(salt));
    return crypto::same_secret(crypto::scram_verifier(password, random), verifier);
}

}  // namespace

Result<void> check_password(const std::optional<model::PasswordPolicy>& policy, const Secret& password,
                            const std::string& user) {
    const std::string_view text = password.reveal();
    if (!policy) return check_default(text, user);
    const Classes has = classes_of(text);
    if (text.size() < static_cast<std::size_t>(policy->minimum_length))
        return violation(fmt::format("Password should have a minimum length of {}", policy->minimum_length));
    if (policy->uppercase && !has.uppercase)
        return violation("Password should have at least one uppercase letter");
    if (policy->lowercase && !has.lowercase)
        return violation("Password should have at least one lowercase letter");
    if (policy->numbers && !has.numbers) return violation("Password should have at least one number");
    if (policy->symbols && !has.symbols) return violation("Password should have at least one symbol");
    return {};
}

bool is_password(const model::LoginProfile& profile, const Secret& password) {
    return verifies(profile.verifier, password);
}

Result<void> set_password(model::LoginProfile& profile, const std::optional<model::PasswordPolicy>& policy,
                          const Secret& password, crypto::Random& random) {
    std::vector<std::string>& earlier = profile.earlier;
    if (!profile.verifier.empty()) earlier.insert(earlier.begin(), profile.verifier);
    const auto remembered = policy ? static_cast<std::size_t>(policy->reuse_prevented) : 0;
    const auto end = earlier.begin() + static_cast<std::ptrdiff_t>(std::min(remembered, earlier.size()));
    if (std::any_of(earlier.begin(), end,
                    [&](const std::string& verifier) { return verifies(verifier, password); }))
        return violation("Password has been used before and cannot be used again.");
    if (earlier.size() > remembered_max) earlier.resize(remembered_max);
    profile.verifier = crypto::scram_verifier(password, random);
    return {};
}

std::optional<Instant> password_expiry(const model::LoginProfile& profile,
                                       const std::optional<model::PasswordPolicy>& policy) {
    if (!policy || policy->age_max == 0) return std::nullopt;
    return profile.changed + std::chrono::days(policy->age_max);
}

}  // namespace countersign::iam
