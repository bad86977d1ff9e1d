#include "base/single_flight.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace countersign {
namespace {

TEST(SingleFlight, WorkThatThrewIsDoneByTheNext) {
    SingleFlight<int> flights;
    EXPECT_THROW(flights.run("a", []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(flights.run("a", [] { return 1; }), 1);
    EXPECT_EQ(flights.run("a", [] { return 2; }), 2) << "nothing is kept";
}

TEST(SingleFlight, KeysDoNotWaitForEachOther) {
    SingleFlight<int> flights;
    EXPECT_EQ(flights.run("a", [&] { return flights.run("b", [] { return 3; }); }), 3);
}

}  // namespace
}  // namespace countersign
