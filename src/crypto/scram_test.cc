#include "crypto/scram.h"

#include <gtest/gtest.h>

#include "crypto/counting_random.h"

namespace countersign::crypto {
namespace {

// Computed with Python's hashlib.pbkdf2_hmac and hmac for the salt 00 01 … 0f.
TEST(Scram, TheVerifierIsTheOneComputedElsewhere) {
    CountingRandom random;
    EXPECT_EQ(scram_verifier(Secret("correct horse battery staple"), random),
              "SCRAM-SHA-256$4096:AAECAwQFBgcICQoLDA0ODw==$ONYbSJBXtKl6bP6PVqw8pm9e7EiacprLnoUQPFS80Hw="
              ":IPOtHuGJ2HifEQg74W2XXqqCrCyQG55GbPRHa6g6n9w=");
}

TEST(Scram, EveryVerifierHasItsOwnSalt) {
    SystemRandom random;
    EXPECT_NE(scram_verifier(Secret("same"), random), scram_verifier(Secret("same"), random));
}

}  // namespace
}  // namespace countersign::crypto
