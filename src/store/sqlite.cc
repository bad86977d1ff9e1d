#include "store/sqlite.h"

#include <array>
#include <atomic>

#include "base/mutex.h"
#include "store/sqlite_file.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"
#include "store/watch.h"

namespace countersign::store {

namespace {

constexpr std::size_t readers_count = 4;  // more reads than this at once take turns

// Readers that any thread borrows for one call.
class Readers {
public:
    static Result<std::unique_ptr<Readers>> open(const std::filesystem::path& file) {
        auto readers = std::make_unique<Readers>();
        for (Shared& shared : readers->shared_) shared.reader.emplace(TRY(SqliteReader::open(file)));
        return readers;
    }

    template <class Call>
    auto with(Call call) {
        for (Shared& shared : shared_) {
            const std::unique_lock lock(shared.busy, std::try_to_lock);
            if (lock) return call(*shared.reader);
        }
        Shared& shared = shared_[turn_++ % readers_count];
        const std::lock_guard lock(shared.busy);
        return call(*shared.reader);
    }

private:
    struct Shared {
        std::mutex busy;
        std::optional<SqliteReader> reader;
    };

    std::array<Shared, readers_count> shared_;
    std::atomic<std::size_t> turn_ = 0;
};

class SqliteStore final : public Store {
public:
    SqliteStore(FileLock lock, SqliteWriter writer, std::unique_ptr<Readers> readers)
        : lock_(std::move(lock)), writer_(std::move(writer)), readers_(std::move(readers)) {
        news_.publish(writer_.newest());
    }

    Result<std::optional<Entry>> get(std::string_view key) override {
        return readers_->with([&](SqliteReader& reader) { return reader.get(key); });
    }

    Result<Page> list(std::string_view prefix, const ListOptions& options) override {
        return readers_->with([&](SqliteReader& reader) { return reader.list(prefix, options); });
    }

    Result<Revision> commit(const Transaction& transaction) override {
        TRY(check(transaction));
        const MutexLock lock(writing_);
        const Revision revision = TRY(writer_.commit(transaction));
        if (!transaction.writes.empty()) news_.publish(revision);
        return revision;
    }

    Result<std::optional<Revision>> find_commit(std::string_view id) override {
        return readers_->with([&](SqliteReader& reader) { return reader.find_commit(id); });
    }

    Revision revision() const override { return news_.newest(); }

    std::unique_ptr<Watch> watch(std::string_view prefix, Revision after) override {
        const auto look_up = [this](const KeyRange& range, Revision seen) {
            return readers_->with([&](SqliteReader& reader) { return reader.look(range, seen); });
        };
        return std::make_unique<HistoryWatch>(news_, look_up, prefix, after);
    }

    Result<void> compact(Revision before) override {
        const MutexLock lock(writing_);
        return writer_.compact(before);
    }

private:
    FileLock lock_;  // goes last: the connections are closed before another process may come
    Mutex writing_;
    SqliteWriter writer_ GUARDED_BY(writing_);
    std::unique_ptr<Readers> readers_;
    News news_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::filesystem::path& file, const Retention& retention) {
    FileLock lock = TRY(FileLock::take(file));
    TRY(prepare_file(file));
    SqliteWriter writer = TRY(SqliteWriter::open(file, retention));
    std::unique_ptr<Readers> readers = TRY(Readers::open(file));
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(std::move(lock), std::move(writer), std::move(readers)));
}

Result<std::optional<Entry>> read_sqlite(const std::filesystem::path& file, std::string_view key) {
    SqliteReader reader = TRY(SqliteReader::open(file));
    return reader.get(key);
}

}  // namespace countersign::store
