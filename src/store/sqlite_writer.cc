#include "store/sqlite_writer.h"

#include <algorithm>

#include "store/sqlite_file.h"

namespace countersign::store {

SqliteWriter::Statements SqliteWriter::prepare(Preparation& prepared) {
    return Statements{
        prepared("BEGIN IMMEDIATE"),
        prepared("COMMIT"),
        prepared("ROLLBACK"),
        prepared("SELECT 1 FROM commits WHERE id = ?1"),
        prepared("SELECT id, revision, created FROM history WHERE key = ?1 AND ended IS NULL"),
        prepared("UPDATE history SET ended = ?2 WHERE id = ?1"),
        prepared("INSERT INTO history (revision, created, ended, key, value) VALUES (?1, ?2, ?3, ?4, ?5)"),
        prepared("INSERT INTO commits (revision, id) VALUES (?1, ?2)"),
        prepared("DELETE FROM history WHERE ended <= ?1 AND revision < ?1"),
        prepared("DELETE FROM commits WHERE revision < ?1"),
        prepared("UPDATE compaction SET before = ?1 WHERE before < ?1"),
    };
}

Result<SqliteWriter> SqliteWriter::open(const std::filesystem::path& file, const Retention& retention) {
    Connection connection = TRY(open_writing(file));
    Preparation prepared(connection);
    Statements statements = prepare(prepared);
    TRY(prepared.result());
    SqliteWriter writer(std::move(connection), std::move(statements), retention);
    writer.newest_ = TRY(writer.connection_.number("SELECT max(revision) FROM commits"));
    return writer;
}

template <class Work>
Result<void> SqliteWriter::atomically(Work work) {
    TRY(statements_.begin.execute());
    Result<void> done = work();
    if (done) done = statements_.commit.execute();
    if (done || !connection_.in_transaction()) return done;
    // A rollback that fails leaves the transaction open, and the next BEGIN says so.
    const Result<void> undone = statements_.rollback.execute();
    return undone ? done : undone;
}

Result<Revision> SqliteWriter::commit(const Transaction& transaction) {
    const Revision revision = transaction.writes.empty() ? newest_ : newest_ + 1;
    const Result<void> done = atomically([&]() -> Result<void> {
        TRY(check_state(transaction));
        if (!transaction.writes.empty()) TRY(apply(transaction, revision));
        return {};
    });
    if (!done) return done.error();
    newest_ = revision;
    return revision;
}

Result<void> SqliteWriter::compact(Revision before) {
    TRY(check_compactable(before, newest_));
    return atomically([&] { return forget(before, newest_); });
}

Result<void> SqliteWriter::check_state(const Transaction& transaction) {
    if (!transaction.id.empty()) {
        Statement::Run rows = statements_.find_id.run({transaction.id});
        if (TRY(rows.next())) return commit_id_used();
    }
    for (const Guard& guard : transaction.guards) {
        const Current found = TRY(current(guard.key));
        if (found.revision != guard.modified) return race_lost();
    }
    return {};
}

Result<void> SqliteWriter::apply(const Transaction& transaction, Revision revision) {
    for (const Write& write : transaction.writes) TRY(apply(write, revision));
    const Value id = transaction.id.empty() ? Value(nullptr) : Value(transaction.id);
    TRY(statements_.add_commit.execute({revision, id}));
    if (revision % retention_.interval == 0) TRY(forget(revision - retention_.revisions + 1, revision));
    return {};
}

Result<void> SqliteWriter::apply(const Write& write, Revision revision) {
    const Current before = TRY(current(write.key));
    if (before.id == 0 && !write.value) return {};
    if (before.id != 0) TRY(statements_.end_key.execute({before.id, revision}));
    const Revision created = before.id == 0 ? revision : before.created;
    if (write.value)
        return statements_.add_row.execute({revision, created, nullptr, write.key, *write.value});
    return statements_.add_row.execute({revision, created, revision, write.key, nullptr});
}

Result<void> SqliteWriter::forget(Revision before, Revision newest) {
    if (before <= 0) return {};
    TRY(statements_.drop_rows.execute({before}));
    TRY(statements_.drop_commits.execute({std::min(before, newest - retention_.commit_ids)}));
    return statements_.set_compacted.execute({before});
}

Result<SqliteWriter::Current> SqliteWriter::current(std::string_view key) {
    Statement::Run row = statements_.find_key.run({key});
    if (!TRY(row.next())) return Current{};
    return Current{row.number(0), row.number(1), row.number(2)};
}

}  // namespace countersign::store
