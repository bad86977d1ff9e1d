#include "databases/ports.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "model/keys.h"
#include "store/memory.h"

namespace countersign::databases {
namespace {

// A port of the machine's own choice, taken while it lives.
struct TakenPort {
    TakenPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
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
    const TakenPort taken;
    EXPECT_FALSE(port_is_bindable("localhost", taken.number));
    EXPECT_FALSE(port_is_bindable("db.example.org", taken.number));
    const Result<PortChoice> choice = choose_port(*store, {"localhost", 1, 2}, taken.number, "db-1");
    ASSERT_FALSE(choice);
    EXPECT_EQ(choice.error().code, "InvalidParameterValue");
}

TEST(Ports, AClaimHoldsAPortForOneServer) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    std::uint16_t free = 0;
    {
        const TakenPort taken;
        free = taken.number;
    }
    const Result<PortChoice> first = choose_port(*store, {"localhost", 1, 2}, free, "db-1");
    ASSERT_TRUE(first);
    ASSERT_TRUE(store->commit({{first->unclaimed}, {first->claim}}));
    EXPECT_EQ(choose_port(*store, {"localhost", 1, 2}, free, "db-2").error().code, "InvalidParameterValue");
    EXPECT_EQ(choose_port(*store, {"localhost", free, free}, std::nullopt, "db-2").error().fault,
              Fault::throttled);
    EXPECT_EQ(store->commit({{first->unclaimed}, {first->claim}}).error().fault, Fault::conflict);
}

TEST(Ports, TheFirstFreePortOfTheRangeIsChosen) {
    const std::unique_ptr<store::Store> store = store::make_memory();
    const TakenPort taken;
    const auto last = static_cast<std::uint16_t>(std::min(65535, taken.number + 20));
    const Result<PortChoice> choice =
        choose_port(*store, {"localhost", taken.number, last}, std::nullopt, "db-1");
    ASSERT_TRUE(choice);
    EXPECT_GT(choice->port, taken.number);
}

}  // namespace
}  // namespace countersign::databases
