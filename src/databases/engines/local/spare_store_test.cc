#include "databases/engines/local/spare_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "databases/engines/local/engine_fixture.h"

namespace countersign::databases {
namespace {

// A directory keeps its number through a rename.
ino_t number_of(const std::filesystem::path& directory) {
    struct stat facts {};
    return stat(directory.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

class SpareTest : public EngineTest {
protected:
    // The spare that is ready; empty when there is none.
    std::filesystem::path spare() const {
        std::error_code absent;
        for (const auto& entry : std::filesystem::directory_iterator(directory_ / "spares", absent))
            if (entry.path().extension() != ".making") return entry.path();
        return {};
    }
};

TEST_F(SpareTest, IsMadeAheadAndBelongsToOneServer) {
    ASSERT_TRUE(start());
    ASSERT_TRUE(eventually([&] { return !spare().empty(); }));
    const ino_t first = number_of(spare() / "data");
    const model::Server one = *create_instance("one").server;
    ASSERT_TRUE(becomes("one", "available"));
    EXPECT_EQ(number_of(home(one.resource_id).data()), first);
    ASSERT_TRUE(eventually([&] { return !spare().empty(); }));
    const ino_t second = number_of(spare() / "data");
    EXPECT_NE(second, first);
    stop();
    ASSERT_TRUE(start());
    const model::Server two = *create_instance("two").server;
    ASSERT_TRUE(becomes("two", "available"));
    EXPECT_EQ(number_of(home(two.resource_id).data()), second);
    const std::string sql = "SELECT system_identifier::text FROM pg_control_system()";
    EXPECT_NE(ask(one, sql), ask(two, sql));
}

TEST_F(SpareTest, OfAnotherBuildOrHalfMadeIsRemoved) {
    const std::filesystem::path spares = directory_ / "spares";
    for (const char* name : {"15.1-0123456789ab", "15.1-0123456789ab.making"})
        ASSERT_TRUE(std::filesystem::create_directories(spares / name / "base"));
    ASSERT_TRUE(start());
    EXPECT_FALSE(std::filesystem::exists(spares / "15.1-0123456789ab"));
    EXPECT_FALSE(std::filesystem::exists(spares / "15.1-0123456789ab.making"));
}

}  // namespace
}  // namespace countersign::databases
