#include "crypto/password.h"

#include <gtest/gtest.h>

namespace countersign::crypto {
namespace {

TEST(Password, IsKnownByItsVerifierAlone) {
    SystemRandom random;
    const std::string verifier = password_verifier(Secret("correct horse"), random);
    EXPECT_TRUE(verifier.starts_with("PBKDF2-SHA-256$600000:"));
    EXPECT_TRUE(is_password(verifier, Secret("correct horse")));
    EXPECT_FALSE(is_password(verifier, Secret("correct horsf")));
    EXPECT_FALSE(is_password(verifier, Secret("")));
}

TEST(Password, HasAnotherVerifierEachTime) {
    SystemRandom random;
    EXPECT_NE(password_verifier(Secret("same"), random), password_verifier(Secret("same"), random));
}

// The key is what Python's hashlib.pbkdf2_hmac makes of "passwd", "salt" and one round.
TEST(Password, IsCheckedByTheRoundsThatItsVerifierNames) {
    const std::string known = "PBKDF2-SHA-256$1:c2FsdA==$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw=";
    EXPECT_TRUE(is_password(known, Secret("passwd")));
    EXPECT_FALSE(is_password(known, Secret("other")));
}

TEST(Password, IsNoneWhereThereIsNoVerifier) {
    for (const char* text : {"", "$", "$$", "PBKDF2-SHA-256$$", "PBKDF2-SHA-256$0:c2FsdA==$",
                             "PBKDF2-SHA-256$1$", "PBKDF2-SHA-256$99999999999:c2FsdA==$"})
        EXPECT_FALSE(is_password(text, Secret(""))) << text;
}

}  // namespace
}  // namespace countersign::crypto
