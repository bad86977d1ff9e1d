#include "network/admission.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "crypto/random.h"
#include "model/network_keys.h"
#include "network/cidr.h"
#include "store/memory.h"

namespace countersign::network {
namespace {

using namespace std::chrono_literals;

const Place place{"111122223333", "eu-west-1"};
constexpr std::uint16_t port = 21000;

std::vector<policy::Network> blocks_of(const std::vector<std::string>& texts) {
    std::vector<policy::Network> blocks;
    for (const std::string& text : texts) blocks.push_back(*policy::parse_network(text));
    return blocks;
}

std::vector<std::string> texts_of(const std::vector<policy::Network>& blocks) {
    std::vector<std::string> texts;
    for (const policy::Network& block : blocks) texts.push_back(text_of(block));
    return texts;
}

using Texts = std::vector<std::string>;

TEST(AllBut, LeavesTheFewestBlocks) {
    EXPECT_EQ(texts_of(all_but({})), (Texts{"::/0", "0.0.0.0/0"}));
    EXPECT_EQ(texts_of(all_but(blocks_of({"0.0.0.0/0", "::/0"}))), Texts());
    EXPECT_EQ(texts_of(all_but(blocks_of({"0.0.0.0/0", "10.0.0.0/8"}))), (Texts{"::/0"}));
    EXPECT_EQ(texts_of(all_but(blocks_of({"::/0", "128.0.0.0/2", "64.0.0.0/2"}))),
              (Texts{"0.0.0.0/2", "192.0.0.0/2"}));
}

TEST(AllBut, HasEveryAddressEitherWay) {
    const auto admitted = blocks_of({"127.0.0.0/8", "10.9.0.0/16", "192.0.2.7", "::1/128", "2001:db8::/32"});
    const auto others = all_but(admitted);
    const auto holds = [](const auto& blocks, const std::string& address) {
        return std::ranges::any_of(blocks, [&](const policy::Network& block) {
            return policy::contains(block, *policy::parse_network(address));
        });
    };
    for (const char* address :
         {"127.0.0.1", "127.255.255.255", "10.9.255.1", "192.0.2.7", "::1", "2001:db8:1::"}) {
        EXPECT_TRUE(holds(admitted, address)) << address;
        EXPECT_FALSE(holds(others, address)) << address;
    }
    for (const char* address : {"126.255.255.255", "128.0.0.0", "10.8.255.255", "10.10.0.0", "192.0.2.6",
                                "192.0.2.8", "0.0.0.0", "255.255.255.255", "::", "::2", "2001:db9::"})
        EXPECT_TRUE(holds(others, address)) << address;
}

class AdmissionTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(ensure(*store_, random_, place, Instant(100ms))); }

    model::SecurityGroup group_with(std::vector<model::SecurityGroupRule> rules) {
        model::SecurityGroup group;
        group.id = new_id("sg", random_);
        group.vpc = (*find_default_vpc(*store_, place))->record.id;
        group.rules = std::move(rules);
        put(group);
        return group;
    }
    void put(const model::SecurityGroup& group) {
        ASSERT_TRUE(store_->commit({{}, {store::put(key_of(place, group), group)}}));
    }
    static model::SecurityGroupRule tcp(std::int64_t from, std::int64_t to, const std::string& cidr) {
        model::SecurityGroupRule rule;
        rule.protocol = "tcp";
        rule.from_port = from;
        rule.to_port = to;
        rule.cidr4 = cidr;
        return rule;
    }
    Texts admitted_by(const model::SecurityGroup& group) {
        const auto admission = admitted(*store_, place, {group}, port);
        EXPECT_TRUE(admission);
        Texts texts = texts_of(admission->blocks);
        if (admission->this_machine) texts.push_back("this machine");
        return texts;
    }
    // The names or ids of the groups in force; "everybody" where none are.
    Texts in_force(const Attachment& database) {
        const auto groups = groups_in_force(*store_, place, database);
        EXPECT_TRUE(groups);
        if (!*groups) return {"everybody"};
        Texts names;
        for (const model::SecurityGroup& group : **groups)
            names.push_back(group.name.empty() ? group.id : group.name);
        return names;
    }

    crypto::SystemRandom random_;
    std::unique_ptr<store::Store> store_ = store::make_memory();
};

TEST_F(AdmissionTest, IsByPortAndDirection) {
    model::SecurityGroupRule outward = tcp(5432, 5432, "10.6.0.0/16");
    outward.egress = true;
    model::SecurityGroupRule other = tcp(5432, 5432, "10.7.0.0/16");
    other.protocol = "udp";
    model::SecurityGroupRule every = tcp(0, 0, "10.8.0.0/16");
    every.protocol = "-1";
    every.from_port.reset();
    every.to_port.reset();
    EXPECT_EQ(admitted_by(group_with({tcp(5432, 5432, "10.1.0.0/16"), tcp(port, port, "10.2.0.0/16"),
                                      tcp(0, 65535, "10.3.0.0/16"), tcp(22, 22, "10.4.0.0/16"), outward,
                                      other, every})),
              (Texts{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.8.0.0/16"}));
}

TEST_F(AdmissionTest, FollowsReferences) {
    model::PrefixList list;
    list.id = "pl-01";
    list.entries = {{"192.0.2.0/24", ""}, {"198.51.100.0/24", ""}};
    ASSERT_TRUE(store_->commit(
        {{},
         {store::put(model::keys::item(model::keys::prefix_lists(place.account, place.region), list.id),
                     list)}}));
    const model::SecurityGroup members = group_with({});
    std::vector<model::SecurityGroupRule> rules(4, tcp(5432, 5432, ""));
    rules[0].prefix_list = list.id;
    rules[1].group = members.id;
    rules[2].group = "sg-gone";
    rules[3].prefix_list = "pl-gone";
    EXPECT_EQ(admitted_by(group_with(rules)), (Texts{"192.0.2.0/24", "198.51.100.0/24", "this machine"}));
}

TEST(AllBut, MoreThanCanBeEnforcedIsNobody) {
    std::vector<policy::Network> scattered;
    for (int i = 0; i < 200; ++i)
        scattered.push_back(
            *policy::parse_network(fmt::format("2001:db8:{:x}:{:x}::{:x}", i, i * 7, i * 11)));
    const std::vector<policy::Network> few(scattered.begin(), scattered.begin() + 10);
    EXPECT_GT(all_but(few).size(), 100U);
    EXPECT_EQ(texts_of(all_but(scattered)), (Texts{"::/0", "0.0.0.0/0"}));
    const std::vector<policy::Network> same(admitted_max + 1, *policy::parse_network("10.0.0.0/8"));
    EXPECT_EQ(texts_of(all_but(same)), (Texts{"::/0", "0.0.0.0/0"}));
}

TEST_F(AdmissionTest, OfTheDefaultGroupIsThisMachine) {
    const auto vpc = find_default_vpc(*store_, place);
    const auto group = find_default_group(*store_, place, (*vpc)->record.id);
    EXPECT_EQ(admitted_by((*group)->record), Texts{"this machine"});
}

TEST_F(AdmissionTest, OfADatabaseIsByItsGroupsThatAreThere) {
    const Instant now(200ms);
    const std::string own = group_with({}).id;
    EXPECT_EQ(in_force({{own, "sg-elsewhere"}, {}, port, now}), Texts{own});
    EXPECT_EQ(in_force({{"sg-elsewhere"}, {}, port, now}), Texts{"default"});
    EXPECT_EQ(in_force({{}, {"subnet-elsewhere"}, port, now}), Texts{"default"});
    EXPECT_EQ(in_force({{}, {}, port, Instant(99ms)}), Texts{"everybody"})
        << "from before there was a network";
    EXPECT_EQ(in_force({{own}, {}, port, Instant(99ms)}), Texts{own});
}

TEST_F(AdmissionTest, OfADatabaseWithoutANetworkIsNobody) {
    const auto vpc = find_default_vpc(*store_, place);
    ASSERT_TRUE(store_->commit({{}, {store::erase((*vpc)->key)}}));
    EXPECT_EQ(in_force({{}, {}, port, Instant(200ms)}), Texts());
    const auto admission = admission_of(*store_, place, {{}, {}, port, Instant(200ms)});
    ASSERT_TRUE(admission && *admission);
    EXPECT_FALSE((*admission)->this_machine);
    EXPECT_EQ(texts_of(all_but((*admission)->blocks)), (Texts{"::/0", "0.0.0.0/0"}));
}

TEST_F(AdmissionTest, ADefaultVpcIsMadeOnce) {
    EXPECT_EQ(all_vpcs(*store_, place)->size(), 1U);
    EXPECT_EQ(all_subnets(*store_, place)->size(), 3U);
    const store::Revision before = store_->revision();
    ASSERT_TRUE(ensure(*store_, random_, place, Instant(300ms)));
    EXPECT_EQ(store_->revision(), before);
}

TEST(Zones, HaveTheIdsOfTheirRegions) {
    EXPECT_EQ(zone_id("us-west-2", "us-west-2a"), "usw2-az1");
    EXPECT_EQ(zone_id("ap-southeast-1", "ap-southeast-1c"), "apse1-az3");
    EXPECT_EQ(zone_id("us-gov-west-1", "us-gov-west-1b"), "usgw1-az2");
    EXPECT_EQ(zone_id("us-west-2", "us-west-2d"), "");
}

}  // namespace
}  // namespace countersign::network
