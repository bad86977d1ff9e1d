// The one connection of a SQLite store that writes. One thread at a time.
#pragma once

#include <filesystem>

#include "store/history.h"
#include "store/statement.h"

namespace countersign::store {

class SqliteWriter {
public:
    static Result<SqliteWriter> open(const std::filesystem::path& file, const Retention& retention);

    // As Store::commit; the caller has called check().
    Result<Revision> commit(const Transaction& transaction);
    Result<void> compact(Revision before);
    Revision newest() const { return newest_; }

private:
    struct Statements {
        Statement begin;
        Statement commit;
        Statement rollback;
        Statement find_id;
        Statement find_key;
        Statement end_key;
        Statement add_row;
        Statement add_commit;
        Statement drop_rows;
        Statement drop_commits;
        Statement set_compacted;
    };

    // The newest row of a key that has a value; zeros for none.
    struct Current {
        std::int64_t id = 0;
        Revision revision = 0;
        Revision created = 0;
    };

    SqliteWriter(Connection connection, Statements statements, const Retention& retention)
        : connection_(std::move(connection)), statements_(std::move(statements)), retention_(retention) {}
    static Statements prepare(Preparation& prepared);

    template <class Work>
    Result<void> atomically(Work work);
    Result<void> check_state(const Transaction& transaction);
    Result<void> apply(const Transaction& transaction, Revision revision);
    Result<void> apply(const Write& write, Revision revision);
    Result<void> forget(Revision before, Revision newest);
    Result<Current> current(std::string_view key);

    Connection connection_;
    Statements statements_;
    Retention retention_;
    Revision newest_ = 0;
};

}  // namespace countersign::store
