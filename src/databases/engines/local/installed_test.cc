#include "databases/engines/local/installed.h"

#include <gtest/gtest.h>

namespace countersign::databases::local {

TEST(Installed, WhatIsMissingIsLeftOut) {
    const EngineVersion nowhere{15, 1, "", "/nonexistent/bin"};
    const Parameters asked{{"shared_preload_libraries", "pg_stat_statements, pgaudit"},
                           {"timezone", "Nowhere/At_All"},
                           {"work_mem", "64"}};
    EXPECT_EQ(without_missing(asked, nowhere),
              (Parameters{{"shared_preload_libraries", ""}, {"work_mem", "64"}}));
}

TEST(Installed, WhatIsThereStays) {
    const auto versions = Versions::discover(default_postgres_roots()).all();
    ASSERT_FALSE(versions.empty());
    const Parameters asked{{"shared_preload_libraries", "pg_stat_statements, plrust,auto_explain"},
                           {"timezone", "UTC"}};
    EXPECT_EQ(
        without_missing(asked, versions.front()),
        (Parameters{{"shared_preload_libraries", "pg_stat_statements,auto_explain"}, {"timezone", "UTC"}}));
}

}  // namespace countersign::databases::local
