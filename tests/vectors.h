// The conformance corpora, JSON lines, as tests read them: from $COUNTERSIGN_VECTORS when that is set, else
// from tests/vectors of the source tree, else from ../shared/vectors beside it. Not every corpus is part of
// the source tree; a test of one that is absent says so and is skipped:
//     const auto lines = read_vectors("tokens.jsonl");
//     if (lines.empty()) GTEST_SKIP() << "no tokens.jsonl";
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::testing {

// Where the corpus lies; an empty path when it is nowhere.
inline std::filesystem::path vector_file(std::string_view file) {
    std::vector<std::filesystem::path> folders;
    if (const char* chosen = std::getenv("COUNTERSIGN_VECTORS"))
        folders = {chosen};
    else
        folders = {COUNTERSIGN_SOURCE_DIR "/tests/vectors", COUNTERSIGN_SOURCE_DIR "/../shared/vectors"};
    for (const auto& folder : folders)
        if (std::filesystem::exists(folder / file)) return folder / file;
    return {};
}

// One object a line; none when the corpus is absent. A line that is not a JSON object fails the test.
inline std::vector<boost::json::object> read_vectors(std::string_view file) {
    std::vector<boost::json::object> cases;
    std::ifstream in(vector_file(file));
    for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        boost::system::error_code failure;
        boost::json::value parsed = boost::json::parse(line, failure);
        if (failure || !parsed.is_object()) {
            ADD_FAILURE() << file << ": line " << cases.size() + 1 << " is not a JSON object";
            return cases;
        }
        cases.push_back(std::move(parsed.as_object()));
    }
    return cases;
}

// The member as text; "" when it is absent, null or no string.
inline std::string text_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* member = object.if_contains(name);
    return member && member->is_string() ? std::string(member->get_string()) : std::string();
}

}  // namespace countersign::testing
