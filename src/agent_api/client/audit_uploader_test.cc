#include "agent_api/client/audit_uploader.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

namespace countersign::agent_api::client {
namespace {

namespace fs = std::filesystem;

audit::LoginEntry entry_of(int number) {
    audit::LoginEntry entry;
    entry.login_id = std::to_string(number);
    entry.decision = audit::Decision::allowed;
    return entry;
}

// A control plane's end, switched on and off by the test.
class ShippingTest : public testing::Test {
protected:
    void SetUp() override {
        std::string made = (fs::temp_directory_path() / "countersign-shipping-XXXXXX").string();
        ASSERT_TRUE(mkdtemp(made.data()));
        directory_ = made;
    }
    void TearDown() override { fs::remove_all(directory_); }

    fs::path file() const { return directory_ / "unshipped.jsonl"; }

    std::unique_ptr<AuditUploader> opened() {
        auto uploader = AuditUploader::open(
            file(), [this](const LoginsRequest& lines) { return take(lines); }, log_);
        EXPECT_TRUE(uploader);
        (*uploader)->start();
        return *std::move(uploader);
    }
    Result<void> take(const LoginsRequest& lines) {
        const std::lock_guard lock(mutex_);
        ++calls_;
        changed_.notify_all();
        if (fault_) return Error{*fault_, "not now"};
        for (const audit::LoginEntry& line : lines.lines) arrived_.push_back(line.login_id);
        return {};
    }
    void set_fault(std::optional<Fault> fault) {
        const std::lock_guard lock(mutex_);
        fault_ = fault;
    }
    void wait_for_calls(int calls) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return calls_ >= calls; }));
    }
    void wait_for_lines(std::size_t lines) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(
            changed_.wait_for(lock, std::chrono::seconds(60), [&] { return arrived_.size() >= lines; }));
    }

    Log log_{LogLevel::off};
    fs::path directory_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Fault> fault_;
    int calls_ = 0;
    std::vector<std::string> arrived_;
};

TEST_F(ShippingTest, BringsLinesInOrder) {
    const auto uploader = opened();
    std::vector<std::string> expected;
    for (int i = 0; i < 1500; ++i) {
        uploader->on_login(entry_of(i));
        expected.push_back(std::to_string(i));
    }
    wait_for_lines(expected.size());
    EXPECT_EQ(arrived_, expected);
    uploader->stop();
    EXPECT_EQ(uploader->state().waiting_bytes, 0);
    EXPECT_EQ(fs::file_size(file()), 0U);
}

TEST_F(ShippingTest, WhatHasNotArrivedOutlivesTheProcess) {
    set_fault(Fault::unavailable);
    {
        const auto uploader = opened();
        for (int i = 0; i < 3; ++i) uploader->on_login(entry_of(i));
        wait_for_calls(1);
        uploader->stop();
        EXPECT_GT(uploader->state().waiting_bytes, 0);
    }
    std::ofstream(file(), std::ios::app) << R"({"login_id":"cut off by a cra)" << '\n';
    set_fault({});
    const auto uploader = opened();
    wait_for_lines(3);
    EXPECT_EQ(arrived_, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(ShippingTest, WhatIsRefusedForGoodHoldsUpNobody) {
    set_fault(Fault::invalid);
    const auto uploader = opened();
    uploader->on_login(entry_of(1));
    wait_for_calls(1);
    set_fault({});
    uploader->on_login(entry_of(2));
    wait_for_lines(1);
    EXPECT_EQ(arrived_.back(), "2");
}

}  // namespace
}  // namespace countersign::agent_api::client
