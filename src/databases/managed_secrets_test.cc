#include "databases/managed_secrets.h"

#include <gmock/gmock.h>

#include "model/keys.h"
#include "store/memory.h"

namespace countersign::databases {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
namespace keys = model::keys;

class ManagedSecrets : public ::testing::Test {
protected:
    static constexpr const char* account = "123456789012";
    static constexpr const char* region = "us-east-1";

    SecretTools tools() { return {sealing_, random_, Instant(std::chrono::seconds(1'000))}; }

    model::ManagedSecret secret() {
        const SecretPlace place = new_secret_place("db", account, region, random_);
        model::ManagedSecret made;
        made.name = place.name;
        made.arn = place.arn;
        made.account = account;
        made.region = region;
        made.resource_id = "db-ONE";
        return made;
    }

    std::vector<std::string> shown(const model::ManagedSecret& of, bool waits) {
        std::vector<std::string> texts;
        for (const StagedVersion& one : staged_versions(of, waits))
            texts.push_back(std::string(one.stage) + "=" +
                            std::string(password_of(of, *one.version, sealing_)->reveal()));
        return texts;
    }

    crypto::SystemRandom random_;
    crypto::SealingKey sealing_{Secret(std::string(32, 'k'))};
};

TEST_F(ManagedSecrets, AreAtAnArnOfSecretsManager) {
    const SecretPlace place = new_secret_place("cluster", account, region, random_);
    EXPECT_THAT(place.name, StartsWith("rds!cluster-"));
    EXPECT_THAT(place.arn,
                StartsWith("arn:aws:secretsmanager:us-east-1:123456789012:secret:" + place.name + "-"));
    const auto read = secret_place_of(place.arn);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key(), place.key());
    for (const char* text : {"", "secret", "arn:aws:rds:us-east-1:123456789012:db:one",
                             "arn:aws:secretsmanager:us-east-1:123456789012:secret:",
                             "arn:aws:secretsmanager:us-east-1:123456789012:secret:-abcdef",
                             "arn:aws:secretsmanager:us-east-1:123456789012:secret:nodash"})
        EXPECT_FALSE(secret_place_of(text)) << text;
}

TEST_F(ManagedSecrets, HaveAPendingACurrentAndAPreviousVersion) {
    model::ManagedSecret one = secret();
    EXPECT_TRUE(staged_versions(one, false).empty());
    add_version(one, Secret("first"), false, tools());
    EXPECT_THAT(shown(one, false), ElementsAre("AWSCURRENT=first"));
    EXPECT_THAT(shown(one, true), ElementsAre("AWSPENDING=first")) << "it waits for the window";
    add_version(one, Secret("second"), false, tools());
    EXPECT_THAT(shown(one, true), ElementsAre("AWSPENDING=second", "AWSCURRENT=first"));
    EXPECT_THAT(shown(one, false), ElementsAre("AWSCURRENT=second", "AWSPREVIOUS=first"));
    add_version(one, Secret("third"), false, tools());
    add_version(one, Secret("fourth"), true, tools());
    EXPECT_THAT(shown(one, true), ElementsAre("AWSPENDING=fourth", "AWSCURRENT=second", "AWSPREVIOUS=first"))
        << "what never came into force is gone";
    add_version(one, Secret("fifth"), false, tools(), "an-id-of-the-clients-own");
    EXPECT_EQ(one.versions.size(), 3U);
    EXPECT_EQ(one.versions.back().id, "an-id-of-the-clients-own");
}

TEST_F(ManagedSecrets, AreSealedForTheirPlace) {
    model::ManagedSecret one = secret();
    add_version(one, Secret("first"), false, tools());
    EXPECT_EQ(one.versions[0].sealed.find("first"), std::string::npos);
    model::ManagedSecret other = secret();
    EXPECT_FALSE(password_of(other, one.versions[0], sealing_)) << "a sealed text of another secret";
    const crypto::SealingKey stranger(Secret(std::string(32, 'x')));
    EXPECT_FALSE(password_of(one, one.versions[0], stranger));
}

TEST_F(ManagedSecrets, AreFoundBesideRecordsThatCannotBeRead) {
    const auto store = store::make_memory();
    model::DBInstance instance;
    instance.server.emplace();
    instance.server->resource_id = "db-ONE";
    ASSERT_TRUE(store->commit({{},
                               {{keys::cluster(account, region, "broken"), "{"},
                                {keys::instance(account, region, "broken"), "{"},
                                store::put(keys::instance(account, region, "one"), instance)}}));
    const auto owner = owner_of(*store, secret());
    ASSERT_TRUE(owner) << owner.error().message;
    EXPECT_TRUE(*owner);
}

TEST_F(ManagedSecrets, AreRotatedWithTheirDatabase) {
    const auto store = store::make_memory();
    model::ManagedSecret one = secret();
    add_version(one, Secret("first"), false, tools());
    const std::string at = secret_place_of(one.arn)->key();
    EXPECT_FALSE(*owner_of(*store, one)) << "its database is gone";
    model::DBInstance instance;
    instance.id = "renamed";
    instance.account = account;
    instance.region = region;
    instance.status = model::DatabaseStatus::available;
    instance.server.emplace();
    instance.server->resource_id = "db-ONE";
    const std::string key = keys::instance(account, region, instance.id);
    ASSERT_TRUE(store->commit({{}, {store::put(key, instance), store::put(at, one)}}));

    const auto owner = *owner_of(*store, one);
    ASSERT_TRUE(owner);
    EXPECT_TRUE(owner->is_available());
    EXPECT_FALSE(owner->other_change_waits());
    EXPECT_EQ(owner->arn(), "arn:aws:rds:us-east-1:123456789012:db:renamed");
    const auto stored = *store::load<model::ManagedSecret>(*store, at);
    ASSERT_TRUE(store->commit(rotation(*owner, *stored, tools(), "another-version")));

    const auto after = (*store::load<model::DBInstance>(*store, key))->record;
    EXPECT_TRUE(after.server->pending.apply_now);
    EXPECT_EQ(after.status, model::DatabaseStatus::resetting_master_credentials);
    const auto verifier = sealing_.open(after.server->pending.master_verifier, "db-ONE");
    ASSERT_TRUE(verifier);
    EXPECT_THAT(std::string(verifier->reveal()), StartsWith("SCRAM-SHA-256$"));
    EXPECT_EQ((*store::load<model::ManagedSecret>(*store, at))->record.versions.back().id, "another-version");
    EXPECT_FALSE(store->commit(rotation(*owner, *stored, tools(), "a-third"))) << "two at once: one is done";
}

}  // namespace
}  // namespace countersign::databases
