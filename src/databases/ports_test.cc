#include "databases/ports.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>

#include "base/descriptor.h"
#include "model/keys.h"
#include "store/memory.h"

namespace countersign::databases {
namespace {

// A port of the machine's own choice, taken while it lives.
struct HeldPort {
    HeldPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), length);
        listen(socket.number(), 1);
        getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &length);
        number = ntohs(address.sin_port);
    }
    Descriptor socket;
    std::uint16_t number = 0;
};

TEST(Ports, AnExplicitPortThatIsTakenIsRefused) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const HeldPort taken;
    EXPECT_FALSE(port_is_bindable("localhost", taken.number));
    EXPECT_FALSE(port_is_bindable("db.example.org", taken.number));
    const PortRange range{"localhost", 1, 2, TakenPort::refuse};
    const Result<PortChoice> choice = choose_port(*store, range, taken.number, "db-1");
    ASSERT_FALSE(choice);
    EXPECT_EQ(choice.error().code, "InvalidParameterValue");
}

TEST(Ports, ATakenPortIsToBeHadAtAnAddressOfItsOwn) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const HeldPort taken;
    std::set<std::string> hosts;
    for (const char* id : {"db-1", "db-2", "db-3"}) {
        const Result<PortChoice> choice = choose_port(*store, {"localhost", 1, 2}, taken.number, id);
        ASSERT_TRUE(choice);
        EXPECT_EQ(choice->port, taken.number);
        EXPECT_TRUE(choice->own_host && choice->host.starts_with("127.54.32.")) << choice->host;
        EXPECT_TRUE(hosts.insert(choice->host).second);
        ASSERT_TRUE(store->commit({choice->unclaimed, {choice->claim}}));
    }
}

TEST(Ports, ATakenPortMayComeToAnotherOne) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const HeldPort taken;
    const auto last = static_cast<std::uint16_t>(std::min(65535, taken.number + 20));
    const PortRange range{"localhost", taken.number, last, TakenPort::other};
    const Result<PortChoice> choice = choose_port(*store, range, taken.number, "db-1");
    ASSERT_TRUE(choice);
    EXPECT_GT(choice->port, taken.number);
    EXPECT_FALSE(choice->own_host);
    EXPECT_EQ(choice->host, "localhost");
}

TEST(Ports, NamedHostsGoBeforeTheHostOfAllAddresses) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    std::uint16_t free = 0;
    {
        const HeldPort taken;
        free = taken.number;
    }
    const PortRange range{
        "db.example.org", free, free, TakenPort::address, {"nowhere.invalid", "127.54.33.1"}};
    const Result<PortChoice> choice = choose_port(*store, range, free, "db-1");
    ASSERT_TRUE(choice);
    EXPECT_EQ(choice->host, "127.54.33.1");
    ASSERT_TRUE(store->commit({choice->unclaimed, {choice->claim}}));
    EXPECT_EQ(choose_port(*store, range, free, "db-2").error().fault, Fault::throttled)
        << "a server that listens on every address would have the other's port too";
}

TEST(Ports, AServerOnEveryAddressLeavesItsPortToNoOther) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    std::uint16_t free = 0;
    {
        const HeldPort taken;
        free = taken.number;
    }
    const PortRange range{"db.example.org", free, free, TakenPort::address, {"127.54.33.1"}};
    const Result<PortChoice> everywhere = choose_port(*store, range, std::nullopt, "db-1");
    const Result<PortChoice> own = choose_port(*store, range, free, "db-2");
    ASSERT_TRUE(everywhere && own);
    EXPECT_FALSE(everywhere->own_host);
    EXPECT_TRUE(own->own_host);
    ASSERT_TRUE(store->commit({everywhere->unclaimed, {everywhere->claim}}));
    EXPECT_EQ(store->commit({own->unclaimed, {own->claim}}).error().fault, Fault::conflict);
    EXPECT_EQ(choose_port(*store, range, free, "db-2").error().fault, Fault::throttled);
}

TEST(Ports, TheClaimOfAServerIsFoundAgain) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const HeldPort taken;
    const Result<PortChoice> choice = choose_port(*store, {"localhost", 1, 2}, taken.number, "db-1");
    ASSERT_TRUE(choice);
    model::Server server;
    server.host = choice->host;
    server.port = choice->port;
    server.own_host = choice->own_host;
    EXPECT_EQ(claim_key(server), choice->claim.key);
}

TEST(Ports, AClaimHoldsAPortForOneServer) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    std::uint16_t free = 0;
    {
        const HeldPort taken;
        free = taken.number;
    }
    const Result<PortChoice> first = choose_port(*store, {"localhost", 1, 2}, free, "db-1");
    ASSERT_TRUE(first);
    ASSERT_TRUE(store->commit({first->unclaimed, {first->claim}}));
    EXPECT_EQ(choose_port(*store, {"localhost", 1, 2, TakenPort::refuse}, free, "db-2").error().code,
              "InvalidParameterValue");
    EXPECT_EQ(choose_port(*store, {"localhost", free, free}, std::nullopt, "db-2").error().fault,
              Fault::throttled);
    EXPECT_EQ(store->commit({first->unclaimed, {first->claim}}).error().fault, Fault::conflict);
}

TEST(Ports, TheFirstFreePortOfTheRangeIsChosen) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const HeldPort taken;
    const auto last = static_cast<std::uint16_t>(std::min(65535, taken.number + 20));
    const Result<PortChoice> choice =
        choose_port(*store, {"localhost", taken.number, last}, std::nullopt, "db-1");
    ASSERT_TRUE(choice);
    EXPECT_GT(choice->port, taken.number);
}

}  // namespace
}  // namespace countersign::databases
