#include "agent_api/server/change_feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "model/keys.h"
#include "store/memory.h"

namespace countersign::agent_api::server {
namespace {

// A store whose watches throw once when they have an event.
class ThrowingStore : public store::Store {
public:
    Result<std::optional<store::Entry>> get(std::string_view key) override { return store_->get(key); }
    Result<store::Page> list(std::string_view prefix, const store::ListOptions& options) override {
        return store_->list(prefix, options);
    }
    Result<store::Revision> commit(const store::Transaction& transaction) override {
        return store_->commit(transaction);
    }
    Result<std::optional<store::Revision>> find_commit(std::string_view id) override {
        return store_->find_commit(id);
    }
    store::Revision revision() const override { return store_->revision(); }
    std::unique_ptr<store::Watch> watch(std::string_view prefix, store::Revision after) override {
        return std::make_unique<ThrowingWatch>(store_->watch(prefix, after), throws_);
    }
    Result<void> compact(store::Revision before) override { return store_->compact(before); }

private:
    class ThrowingWatch : public store::Watch {
    public:
        ThrowingWatch(std::unique_ptr<store::Watch> watch, std::atomic<bool>& throws)
            : watch_(std::move(watch)), throws_(throws) {}
        Result<std::vector<store::Event>> next(std::chrono::milliseconds patience) override {
            auto events = watch_->next(patience);
            if (events && !events->empty() && throws_.exchange(false))
                throw std::runtime_error("out of memory");
            return events;
        }
        void wake() override { watch_->wake(); }

    private:
        std::unique_ptr<store::Watch> watch_;
        std::atomic<bool>& throws_;
    };

    std::unique_ptr<store::Store> store_ = store::make_memory();
    std::atomic<bool> throws_ = true;
};

std::string epoch_of(const Changes& changes) {
    return changes.since({}, {})->epoch;
}

TEST(ChangeFeed, AfterAThrowAgentsAreToHoldNothingThatTheyKnew) {
    ThrowingStore store;
    const KeyTags marks(Secret("key"));
    Changes changes;
    LongPolls polls(changes);
    Servers servers(store);
    crypto::SystemRandom random;
    const Log log(LogLevel::off);
    ChangeFeed feed({store, marks, changes, polls, servers, random, log});
    ASSERT_TRUE(feed.start());
    const std::string before = epoch_of(changes);
    ASSERT_TRUE(store.commit({{}, {{model::keys::iam() + std::string("lost"), "news"}}}));
    for (int i = 0; i < 6000 && epoch_of(changes) == before; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_NE(epoch_of(changes), before);
}

}  // namespace
}  // namespace countersign::agent_api::server
