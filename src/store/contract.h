// What the contract tests share: a folder of its own for each test, the kinds of store they run on, and short
// ways to write and read. Only for tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "store/history.h"
#include "store/store.h"

namespace countersign::store {

// A folder that goes with all its files.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::path(testing::TempDir()) / "store-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// An implementation that must keep the contract.
struct Kind {
    std::string name;
    std::function<std::unique_ptr<Store>(const std::filesystem::path& folder, const Retention&)> make;
};
inline void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}
std::vector<Kind> kinds();
inline std::string name_of(const testing::TestParamInfo<Kind>& info) {
    return info.param.name;
}

class Contract : public testing::TestWithParam<Kind> {
protected:
    std::unique_ptr<Store> make(const Retention& retention = {}) {
        return GetParam().make(folder_.path(), retention);
    }

private:
    TemporaryFolder folder_;
};

inline Revision must_commit(Store& store, const Transaction& transaction) {
    const Result<Revision> done = store.commit(transaction);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return done ? *done : -1;
}
inline Revision must_put(Store& store, const std::string& key, const std::string& value) {
    return must_commit(store, Transaction{{}, {Write{key, value}}});
}
inline Revision must_erase(Store& store, const std::string& key) {
    return must_commit(store, Transaction{{}, {Write{key, std::nullopt}}});
}

// "key=value" of each entry of a page.
inline std::vector<std::string> shown(const Page& page) {
    std::vector<std::string> lines;
    for (const Entry& entry : page.entries) lines.push_back(entry.key + "=" + entry.value);
    return lines;
}
inline std::vector<std::string> listed(Store& store, const std::string& prefix,
                                       const ListOptions& options = {}) {
    const Result<Page> page = store.list(prefix, options);
    EXPECT_TRUE(page) << (page ? "" : page.error().message);
    return page ? shown(*page) : std::vector<std::string>();
}
// The value of a key, or "none".
inline std::string value_of(Store& store, const std::string& key) {
    const Result<std::optional<Entry>> entry = store.get(key);
    EXPECT_TRUE(entry) << (entry ? "" : entry.error().message);
    return entry && *entry ? (*entry)->value : "none";
}

using Lines = std::vector<std::string>;

}  // namespace countersign::store
