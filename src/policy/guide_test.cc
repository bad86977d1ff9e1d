#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "policy/policy.h"

namespace countersign::policy {

namespace {

// The blocks of the users' guide that are marked as JSON.
std::vector<std::string> examples() {
    std::ifstream file(COUNTERSIGN_SOURCE_DIR "/docs/policies.md");
    std::vector<std::string> blocks;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        const bool fence = line.starts_with("```");
        if (fence && !inside && line == "```json") blocks.emplace_back();
        if (fence) inside = !inside && line == "```json";
        if (inside && !fence) blocks.back() += line + "\n";
    }
    return blocks;
}

TEST(Guide, ShowsDocumentsThatAreAccepted) {
    const auto documents = examples();
    EXPECT_GT(documents.size(), 5U);
    for (const std::string& document : documents) {
        const bool trusts = document.find("\"Principal\"") != std::string::npos;
        const auto parsed = parse(document, trusts ? Form::resource : Form::identity);
        EXPECT_TRUE(parsed) << document << (parsed ? "" : parsed.error().message);
    }
}

}  // namespace

}  // namespace countersign::policy
