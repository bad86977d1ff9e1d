// Reading a Port that may be none.
#include "startup.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace countersign::hook {
namespace {

constexpr PortLayout layout = {328, 336, 360};

// A Port whose members point to these texts.
class Port {
public:
    Port(const char* database, const char* user, const char* application) : bytes_(512) {
        put(layout.database_name, database);
        put(layout.user_name, user);
        put(layout.application_name, application);
    }

    StartupWords words_for(const char* user) const {
        StartupWords words;
        read_startup_words(bytes_.data(), layout, user, &words);
        return words;
    }

private:
    void put(std::size_t offset, const char* text) {
        std::memcpy(bytes_.data() + offset, &text, sizeof text);
    }

    std::vector<char> bytes_;
};

// One readable page with nothing behind it.
class LastPage {
public:
    LastPage()
        : size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
          start_(static_cast<char*>(
              mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        mprotect(start_ + size_, size_, PROT_NONE);
    }
    ~LastPage() { munmap(start_, 2 * size_); }
    LastPage(const LastPage&) = delete;
    LastPage& operator=(const LastPage&) = delete;

    // The bytes, the last of them the last of the page.
    const char* ending_with(const std::string& bytes) const {
        return static_cast<const char*>(
            std::memcpy(start_ + size_ - bytes.size(), bytes.data(), bytes.size()));
    }

private:
    std::size_t size_;
    char* start_;
};

std::string database_of(const StartupWords& words) {
    return {words.database, words.database_bytes};
}

std::string application_of(const StartupWords& words) {
    return {words.application, words.application_bytes};
}

TEST(StartupWords, AreReadForTheUserOfThePort) {
    const StartupWords words = Port("orders", "app", "psql").words_for("app");
    EXPECT_EQ(database_of(words), "orders");
    EXPECT_EQ(application_of(words), "psql");
}

TEST(StartupWords, OfAnotherUserAreUnknown) {
    for (const char* user : {"ap", "apps", "", "postgres"}) {
        const StartupWords words = Port("orders", "app", "psql").words_for(user);
        EXPECT_EQ(database_of(words) + application_of(words), "") << user;
    }
}

TEST(StartupWords, WithoutAnApplicationNameItIsUnknown) {
    const StartupWords words = Port("orders", "app", nullptr).words_for("app");
    EXPECT_EQ(database_of(words), "orders");
    EXPECT_EQ(application_of(words), "");
}

TEST(StartupWords, AreCutAtTheWiresLimits) {
    const std::string longest(2000, 'n');
    const StartupWords words = Port(longest.c_str(), "app", longest.c_str()).words_for("app");
    EXPECT_EQ(database_of(words), std::string(wire::database_bytes_max, 'n'));
    EXPECT_EQ(application_of(words), std::string(wire::application_bytes_max, 'n'));
}

TEST(StartupWords, ThatEndWhereTheMemoryEndsAreRead) {
    const LastPage page;
    EXPECT_EQ(application_of(Port("d", "app", page.ending_with({"psql", 5})).words_for("app")), "psql");
}

TEST(StartupWords, ThatRunOutOfTheMemoryAreUnknown) {
    const LastPage page;
    EXPECT_EQ(application_of(Port("d", "app", page.ending_with("psql")).words_for("app")), "");
}

TEST(StartupWords, AtAnAddressThatIsNoneAreUnknown) {
    for (const std::uintptr_t address : {std::uintptr_t{1}, std::uintptr_t{4095}, ~std::uintptr_t{0}}) {
        const auto* const nowhere = reinterpret_cast<const char*>(address);
        EXPECT_EQ(database_of(Port(nowhere, "app", nowhere).words_for("app")), "") << address;
        EXPECT_EQ(database_of(Port("orders", nowhere, "psql").words_for("app")), "") << address;
        StartupWords words;
        read_startup_words(nowhere, layout, "app", &words);
        EXPECT_EQ(database_of(words), "") << address;
    }
}

TEST(PortLayout, IsKnownForTheVersionsThatAreSupported) {
    for (const int version : {140'000, 140'023, 150'020, 160'014, 170'010, 180'006})
        EXPECT_NE(port_layout(version), nullptr) << version;
    for (const int version : {0, -1, 90'624, 130'016, 190'000, 1'400'000})
        EXPECT_EQ(port_layout(version), nullptr) << version;
}

}  // namespace
}  // namespace countersign::hook
