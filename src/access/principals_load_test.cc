#include <gtest/gtest.h>

#include <future>

#include "access/principals.h"
#include "access/principals_fixture.h"
#include "access/session.h"

namespace countersign::access {
namespace {

class PrincipalsLoadTest : public PrincipalsTest {
protected:
    std::future<KeyHolderPointer> begin_find(const std::string& user) {
        return std::async(std::launch::async, [this, user] { return find(user); });
    }
};

TEST_F(PrincipalsLoadTest, AKnownKeyIsFoundWhileAnotherIsLoaded) {
    const KeyHolderPointer bob = find("bob");
    store_->slow_down(keys::access_key("AKIAnobody"));
    auto nobody = begin_find("nobody");
    store_->await_read(keys::access_key("AKIAnobody"));
    EXPECT_EQ(find("bob"), bob);
    EXPECT_NE(find("jane"), nullptr) << "loaded meanwhile";
    store_->slow_down("");
    EXPECT_EQ(nobody.get(), nullptr);
}

TEST_F(PrincipalsLoadTest, OfManyCallsForOneKeyOneLoads) {
    const std::string key = keys::access_key("AKIAjane");
    store_->slow_down(key);
    std::vector<std::future<KeyHolderPointer>> found;
    for (int i = 0; i < 8; ++i) found.push_back(begin_find("jane"));
    store_->await_read(key);
    store_->slow_down("");
    const KeyHolderPointer jane = found[0].get();
    EXPECT_NE(jane, nullptr);
    for (std::size_t i = 1; i < found.size(); ++i) EXPECT_EQ(found[i].get(), jane);
    EXPECT_EQ(store_->reads(key), 1);
}

TEST_F(PrincipalsLoadTest, AChangeDuringALoadIsSeenByTheNextCall) {
    const std::string key = keys::access_key("AKIAjane");
    store_->slow_down(key);
    auto before = begin_find("jane");
    store_->await_read(key);
    put_key("jane", model::KeyStatus::Inactive);
    auto after = begin_find("jane");
    store_->slow_down("");
    EXPECT_EQ(before.get()->status, model::KeyStatus::Active);
    EXPECT_EQ(after.get()->status, model::KeyStatus::Inactive);
    EXPECT_EQ(find("jane")->status, model::KeyStatus::Inactive);
}

TEST_F(PrincipalsLoadTest, AnUnknownKeyIsRememberedUntilItIsMade) {
    const std::string key = keys::access_key("AKIAcarol");
    EXPECT_EQ(find("carol"), nullptr);
    EXPECT_EQ(find("carol"), nullptr);
    EXPECT_EQ(store_->reads(key), 1);
    put_user("dave", {}, {});
    EXPECT_EQ(find("carol"), nullptr);
    EXPECT_EQ(store_->reads(key), 1) << "another key was made";
    put_user("carol", {}, {});
    EXPECT_NE(find("carol"), nullptr);
}

TEST_F(PrincipalsLoadTest, UnknownKeysTakeUpBoundedRoomAndNoneOfTheOthers) {
    PrincipalLimits limits;
    limits.unknown = 10;
    limits.holders = 2;
    Principals principals(*store_, sealing_, limits);
    const KeyHolderPointer bob = *principals.find("AKIAbob", "");
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(*principals.find("AKIAnobody" + std::to_string(i), ""), nullptr);
        EXPECT_LE(principals.unknown_keys(), 10U);
    }
    EXPECT_EQ(*principals.find("AKIAnobody99", ""), nullptr);
    EXPECT_EQ(store_->reads(keys::access_key("AKIAnobody99")), 1) << "the newest are remembered";
    EXPECT_EQ(*principals.find("AKIAbob", ""), bob);
    EXPECT_EQ(*principals.find("AKIA" + std::string(1000, 'x'), ""), nullptr);
    EXPECT_EQ(*principals.find("AKIA" + std::string(1000, 'x'), ""), nullptr);
    EXPECT_EQ(store_->reads(keys::access_key("AKIA" + std::string(1000, 'x'))), 2) << "too long to be kept";
}

TEST_F(PrincipalsLoadTest, ASessionsKeyAskedForWithoutItsTokenIsNoUnknownKeyWithIt) {
    Session session;
    session.kind = SessionKind::user;
    session.access_key_id = "ASIAEXAMPLE";
    session.account = account;
    session.principal = "bob";
    session.principal_id = "AIDAbob";
    const SealedSession sealed = seal_session(session, sealing_, random_);
    EXPECT_EQ(*principals_.find("ASIAEXAMPLE", ""), nullptr);
    EXPECT_NE(*principals_.find("ASIAEXAMPLE", sealed.session_token), nullptr);
}

TEST_F(PrincipalsLoadTest, OfManyChangesTheOldestAreForgottenAndNothingGoesStale) {
    PrincipalLimits limits;
    limits.changed = 8;
    Principals principals(*store_, sealing_, limits);
    const KeyHolderPointer bob = *principals.find("AKIAbob", "");
    const KeyHolderPointer jane = *principals.find("AKIAjane", "");
    put_key("jane", model::KeyStatus::Inactive);
    for (int i = 0; i < 100; ++i) {
        commit(keys::user(account, "other" + std::to_string(i)), "{}");
        EXPECT_EQ(*principals.find("AKIAbob", ""), bob) << i;
    }
    EXPECT_EQ((*principals.find("AKIAjane", ""))->status, model::KeyStatus::Inactive);
}

}  // namespace
}  // namespace countersign::access
