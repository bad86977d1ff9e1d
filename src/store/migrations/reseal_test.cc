#include "store/migrations/reseal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/bootstrap.h"
#include "model/cloudformation_keys.h"
#include "model/iam.h"
#include "model/keys.h"
#include "model/rds.h"
#include "model/snapshots.h"
#include "store/faulty.h"
#include "store/memory.h"
#include "store/records.h"

namespace countersign::store::migrations {

namespace {

namespace keys = model::keys;

constexpr const char* account_id = "123456789012";
constexpr const char* region_name = "eu-west-1";
constexpr int keys_count = 150;  // more than one step

crypto::SealingKey ring_of(const std::string& letters) {
    std::string all;
    for (const char letter : letters) all += std::string(32, letter);
    return crypto::SealingKey(Secret(all));
}

class ResealTest : public testing::Test {
protected:
    // A store whose secrets are sealed with `sealing`, one of each kind and many access keys.
    void fill(const crypto::SealingKey& sealing) {
        model::Account account;
        account.id = account_id;
        put_record(keys::account_record(account_id), account);
        put_record(keys::bootstrap, model::Bootstrap{"AKIA0", "PEM", seal(sealing, "ca", keys::bootstrap)});
        for (int i = 0; i < keys_count; ++i) {
            model::AccessKey key;
            key.id = fmt::format("AKIA{}", i);
            key.sealed_secret = seal(sealing, "secret " + key.id, keys::access_key(key.id));
            put_record(keys::access_key(key.id), key);
        }
        model::MfaDevice device;
        device.name = "phone";
        const std::string device_key = keys::mfa_device(account_id, device.name);
        device.sealed_seed = seal(sealing, "seed", device_key);
        put_record(device_key, device);
        model::ServerCertificate certificate;
        certificate.id = "ASCA1";
        certificate.sealed_key =
            seal(sealing, "pem", keys::server_certificate_key(account_id, certificate.id));
        put_record(keys::server_certificate(account_id, "web"), certificate);
        fill_databases(sealing);
        fill_stacks(sealing);
    }
    void fill_stacks(const crypto::SealingKey& sealing) {
        const auto sealed = [&](const char* text) { return seal(sealing, text, keys::stack_sealing("u1")); };
        model::Stack stack;
        stack.uuid = "u1";
        stack.outputs = {{"Key", sealed("output"), "", ""}};
        put_record(keys::stack(account_id, region_name, "u1"), stack);
        const model::StackSource source{"{}", sealed("parameters"), {}};
        put_record(keys::stack_source(account_id, region_name, "u1"), source);
        put_record(keys::previous_source(account_id, region_name, "u1"), source);
        model::StackResource resource;
        resource.logical = "R";
        resource.thing = {"T", "t", sealed("properties"), sealed("attributes"), ""};
        resource.before = resource.thing;
        resource.leftovers = {resource.thing};
        put_record(keys::stack_resource(account_id, region_name, "u1", "R"), resource);
        put_record(keys::stack_export(account_id, region_name, "x"),
                   model::StackExport{"x", "id", "u1", sealed("export")});
        model::ChangeSet set;
        set.source = source;
        put_record(keys::change_set(account_id, region_name, "u1", "c"), set);
    }
    void fill_databases(const crypto::SealingKey& sealing) {
        model::Server server;
        server.resource_id = "db-1";
        server.master_verifier = seal(sealing, "verifier", "db-1");
        server.pending.master_verifier = seal(sealing, "next verifier", "db-1");
        model::DBInstance instance;
        instance.id = "one";
        instance.server = server;
        put_record(keys::instance(account_id, region_name, "one"), instance);
        instance.server.reset();
        put_record(keys::instance(account_id, region_name, "member"), instance);
        model::DBCluster cluster;
        cluster.id = "c1";
        cluster.server = server;
        cluster.server.pending.master_verifier.clear();
        put_record(keys::cluster(account_id, region_name, "c1"), cluster);
        model::Snapshot snapshot;
        snapshot.server = server;
        put_record(keys::snapshot(account_id, region_name, "then"), snapshot);
    }

    template <class Record>
    void put_record(const std::string& key, const Record& record) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key, record)}}));
    }
    std::string seal(const crypto::SealingKey& sealing, const std::string& text, const std::string& context) {
        return sealing.seal(Secret(text), context, random_);
    }
    template <class Record>
    Record at(const std::string& key) {
        const auto stored = store::load<Record>(*store_, key);
        EXPECT_TRUE(stored && *stored) << key;
        return stored && *stored ? (*stored)->record : Record();
    }
    static std::string opened(const crypto::SealingKey& sealing, const std::string& text,
                              const std::string& context) {
        const auto plain = sealing.open(text, context);
        return plain ? std::string(plain->reveal()) : plain.error().message;
    }

    // Everything that fill() put there opens with this ring.
    void expect_all_opens(const crypto::SealingKey& sealing) {
        for (int i = 0; i < keys_count; ++i) {
            const std::string id = fmt::format("AKIA{}", i);
            EXPECT_EQ(opened(sealing, at<model::AccessKey>(keys::access_key(id)).sealed_secret,
                             keys::access_key(id)),
                      "secret " + id);
        }
        EXPECT_EQ(
            opened(sealing, at<model::Bootstrap>(keys::bootstrap).sealed_authority_key, keys::bootstrap),
            "ca");
        const std::string device = keys::mfa_device(account_id, "phone");
        EXPECT_EQ(opened(sealing, at<model::MfaDevice>(device).sealed_seed, device), "seed");
        EXPECT_EQ(opened(sealing,
                         at<model::ServerCertificate>(keys::server_certificate(account_id, "web")).sealed_key,
                         keys::server_certificate_key(account_id, "ASCA1")),
                  "pem");
        const auto instance = at<model::DBInstance>(keys::instance(account_id, region_name, "one"));
        ASSERT_TRUE(instance.server);
        EXPECT_EQ(opened(sealing, instance.server->master_verifier, "db-1"), "verifier");
        EXPECT_EQ(opened(sealing, instance.server->pending.master_verifier, "db-1"), "next verifier");
        const auto cluster = at<model::DBCluster>(keys::cluster(account_id, region_name, "c1"));
        EXPECT_EQ(opened(sealing, cluster.server.master_verifier, "db-1"), "verifier");
        EXPECT_EQ(cluster.server.pending.master_verifier, "");
        const auto snapshot = at<model::Snapshot>(keys::snapshot(account_id, region_name, "then"));
        EXPECT_EQ(opened(sealing, snapshot.server.master_verifier, "db-1"), "verifier");
        expect_stacks_open(sealing);
    }
    void expect_stacks_open(const crypto::SealingKey& sealing) {
        const std::string context = keys::stack_sealing("u1");
        const auto stack = at<model::Stack>(keys::stack(account_id, region_name, "u1"));
        ASSERT_EQ(stack.outputs.size(), 1U);
        EXPECT_EQ(opened(sealing, stack.outputs[0].sealed_value, context), "output");
        for (const std::string& key : {keys::stack_source(account_id, region_name, "u1"),
                                       keys::previous_source(account_id, region_name, "u1")})
            EXPECT_EQ(opened(sealing, at<model::StackSource>(key).sealed_parameters, context), "parameters");
        const auto resource =
            at<model::StackResource>(keys::stack_resource(account_id, region_name, "u1", "R"));
        ASSERT_TRUE(resource.before && resource.leftovers.size() == 1);
        for (const model::StackThing& thing : {resource.thing, *resource.before, resource.leftovers[0]}) {
            EXPECT_EQ(opened(sealing, thing.sealed_properties, context), "properties");
            EXPECT_EQ(opened(sealing, thing.sealed_attributes, context), "attributes");
        }
        const auto exported = at<model::StackExport>(keys::stack_export(account_id, region_name, "x"));
        EXPECT_EQ(opened(sealing, exported.sealed_value, context), "export");
        const auto set = at<model::ChangeSet>(keys::change_set(account_id, region_name, "u1", "c"));
        EXPECT_EQ(opened(sealing, set.source.sealed_parameters, context), "parameters");
    }

    crypto::SystemRandom random_;
    std::unique_ptr<store::Store> store_ = store::make_memory();
    static constexpr std::size_t records = keys_count + 12;
};

TEST_F(ResealTest, TheNewestKeyOpensEverythingByItself) {
    fill(ring_of("a"));
    const auto done = reseal(*store_, ring_of("ab"), random_);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->records, records);
    EXPECT_TRUE(done->damaged.empty());
    expect_all_opens(ring_of("b"));
    const auto sealed = at<model::SealedWith>(keys::sealed_with);
    EXPECT_EQ(sealed.key, ring_of("b").ids()[0]);
    EXPECT_TRUE(sealed.complete);
}

TEST_F(ResealTest, WhatIsSealedWithTheNewestKeyIsLeftAlone) {
    fill(ring_of("a"));
    const auto first = reseal(*store_, ring_of("a"), random_);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->records, 0U);
    const store::Revision before = store_->revision();
    ASSERT_TRUE(reseal(*store_, ring_of("a"), random_));
    EXPECT_EQ(store_->revision(), before) << "a later start writes nothing";
}

TEST_F(ResealTest, AStepThatFailsIsGoneOnWithLater) {
    const crypto::SealingKey both = ring_of("ab");
    for (const auto failure : {store::Failure::not_written, store::Failure::answer_lost}) {
        bool failed = true;
        for (int nth = 1; failed; ++nth) {
            ASSERT_LT(nth, 100);
            store_ = store::make_memory();
            fill(ring_of("a"));
            store::FaultyStore faulty(*store_);
            faulty.fail_commit(nth, failure);
            failed = !reseal(faulty, both, random_);
            expect_all_opens(both);
            ASSERT_TRUE(reseal(*store_, both, random_));
            expect_all_opens(ring_of("b"));
        }
    }
}

TEST_F(ResealTest, StepsAreSmall) {
    fill(ring_of("a"));
    store::FaultyStore watched(*store_);
    std::size_t most = 0;
    watched.interfere({.commit = [&](const store::Transaction& transaction) -> std::optional<store::Failure> {
        most = std::max(most, transaction.writes.size());
        return std::nullopt;
    }});
    ASSERT_TRUE(reseal(watched, ring_of("ab"), random_));
    EXPECT_GT(most, 1U);
    EXPECT_LE(most, store::operations_max);
}

TEST_F(ResealTest, AnotherWriterLosesNothing) {
    fill(ring_of("a"));
    const crypto::SealingKey both = ring_of("ab");
    store::FaultyStore disturbed(*store_);
    bool once = false;
    const std::string place = keys::access_key("AKIA7");
    disturbed.interfere(
        {.commit = [&](const store::Transaction& transaction) -> std::optional<store::Failure> {
            if (transaction.writes.size() < 2 || std::exchange(once, true)) return std::nullopt;
            auto key = at<model::AccessKey>(place);
            key.status = model::KeyStatus::Active;
            put_record(place, key);
            return std::nullopt;
        }});
    const auto done = reseal(disturbed, both, random_);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->records, records);
    expect_all_opens(ring_of("b"));
    EXPECT_EQ(at<model::AccessKey>(place).status, model::KeyStatus::Active);
}

TEST_F(ResealTest, AKeyThatIsNotInTheRingIsNamed) {
    fill(ring_of("a"));
    const auto refused = reseal(*store_, ring_of("bc"), random_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::denied);
    EXPECT_NE(refused.error().message.find(ring_of("a").ids()[0]), std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(at<model::SealedWith>(keys::sealed_with).complete);
    expect_all_opens(ring_of("a"));
}

TEST_F(ResealTest, ARingFromBeforeIsNoticedInTheMiddle) {
    fill(ring_of("a"));
    ASSERT_TRUE(reseal(*store_, ring_of("a"), random_));
    store::FaultyStore faulty(*store_);
    faulty.fail_commit(4, store::Failure::not_written);
    ASSERT_FALSE(reseal(faulty, ring_of("ab"), random_));
    EXPECT_FALSE(reseal(*store_, ring_of("a"), random_)) << "some is sealed with the key that is gone";
    ASSERT_TRUE(reseal(*store_, ring_of("ab"), random_));
    expect_all_opens(ring_of("b"));
}

TEST_F(ResealTest, WhatNothingOpensIsToldAndStays) {
    fill(ring_of("a"));
    model::AccessKey key;
    key.id = "AKIABROKEN";
    key.sealed_secret = seal(ring_of("a"), "moved", keys::access_key("AKIAELSE"));
    put_record(keys::access_key(key.id), key);
    ASSERT_TRUE(store_->commit({{}, {{keys::access_key("AKIANONE"), "no record"}}}));
    const auto done = reseal(*store_, ring_of("ab"), random_);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->records, records);
    EXPECT_EQ(done->damaged,
              (std::vector<std::string>{keys::access_key("AKIABROKEN"), keys::access_key("AKIANONE")}));
    EXPECT_EQ(at<model::AccessKey>(keys::access_key(key.id)).sealed_secret, key.sealed_secret);
    expect_all_opens(ring_of("b"));
}

}  // namespace

}  // namespace countersign::store::migrations
