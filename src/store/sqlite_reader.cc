#include "store/sqlite_reader.h"

#include "store/sqlite_file.h"

namespace countersign::store {

namespace {

constexpr const char* list_newest_sql =
    "SELECT key, value, created, revision FROM history INDEXED BY history_current"
    " WHERE key >= ?1 AND key < ?2 AND ended IS NULL ORDER BY key LIMIT ?3";
constexpr const char* list_at_sql =
    "SELECT key, value, created, revision FROM history INDEXED BY history_key"
    " WHERE key >= ?1 AND key < ?2 AND revision <= ?4 AND (ended IS NULL OR ended > ?4) ORDER BY key LIMIT "
    "?3";
constexpr const char* look_sql =
    "SELECT revision, key, value FROM history INDEXED BY history_revision"
    " WHERE revision > ?1 AND key >= ?2 AND key < ?3 ORDER BY revision, id";

Entry entry_of(const Statement::Run& row) {
    return Entry{row.bytes(0), row.bytes(1), row.number(2), row.number(3)};
}

Event event_of(const Statement::Run& row) {
    Event event{row.number(0), row.bytes(1), std::nullopt};
    if (!row.null(2)) event.value = row.bytes(2);
    return event;
}

Result<void> read_entries(Statement::Run& rows, std::size_t entries_max, Page& page) {
    while (TRY(rows.next())) {
        page.more = page.entries.size() == entries_max;
        if (page.more) return {};
        page.entries.push_back(entry_of(rows));
    }
    return {};
}

}  // namespace

Result<SqliteReader> SqliteReader::open(const std::filesystem::path& file) {
    Connection connection = TRY(open_reading(file));
    Preparation prepared(connection);
    Statements statements{
        prepared("BEGIN"),
        prepared("COMMIT"),
        prepared("SELECT (SELECT max(revision) FROM commits), before FROM compaction"),
        prepared("SELECT key, value, created, revision FROM history INDEXED BY history_current"
                 " WHERE key = ?1 AND ended IS NULL"),
        prepared(list_newest_sql),
        prepared(list_at_sql),
        prepared("SELECT revision FROM commits WHERE id = ?1"),
        prepared(look_sql),
    };
    TRY(prepared.result());
    return SqliteReader(std::move(connection), std::move(statements));
}

template <class Work>
auto SqliteReader::on_snapshot(Work work) -> decltype(work(std::declval<const Kept&>())) {
    TRY(statements_.begin.execute());
    const Result<Kept> kept_now = kept();
    auto result = kept_now ? work(*kept_now) : kept_now.error();
    const Result<void> ended = statements_.end.execute();
    if (!ended) return ended.error();
    return result;
}

Result<SqliteReader::Kept> SqliteReader::kept() {
    Statement::Run row = statements_.kept.run();
    if (!TRY(row.next())) return Error{Fault::internal, "the store has lost the record of its compaction"};
    return Kept{row.number(0), row.number(1)};
}

Result<std::optional<Entry>> SqliteReader::get(std::string_view key) {
    Statement::Run row = statements_.get.run({key});
    if (!TRY(row.next())) return std::optional<Entry>();
    return std::optional(entry_of(row));
}

Result<Page> SqliteReader::list(std::string_view prefix, const ListOptions& options) {
    return on_snapshot([&](const Kept& kept) { return read_page(prefix, options, kept); });
}

Result<Page> SqliteReader::read_page(std::string_view prefix, const ListOptions& options, const Kept& kept) {
    Page page;
    page.revision = options.at == 0 ? kept.newest : options.at;
    TRY(check_readable(page.revision, kept.compacted, kept.newest));
    const KeyRange range = range_of(prefix, options.after);
    const auto with_one_more = static_cast<std::int64_t>(page_size(options)) + 1;
    if (page.revision == kept.newest) {
        Statement::Run rows = statements_.list_newest.run({range.first, range.end, with_one_more});
        TRY(read_entries(rows, page_size(options), page));
        return page;
    }
    Statement::Run rows = statements_.list_at.run({range.first, range.end, with_one_more, page.revision});
    TRY(read_entries(rows, page_size(options), page));
    return page;
}

Result<std::optional<Revision>> SqliteReader::find_commit(std::string_view id) {
    Statement::Run row = statements_.find_id.run({id});
    if (!TRY(row.next())) return std::optional<Revision>();
    return std::optional(Revision{row.number(0)});
}

Result<Look> SqliteReader::look(const KeyRange& range, Revision after) {
    return on_snapshot([&](const Kept& kept) { return read_events(range, after, kept); });
}

Result<Look> SqliteReader::read_events(const KeyRange& range, Revision after, const Kept& kept) {
    TRY(check_watchable(after, kept.compacted));
    Look look;
    Statement::Run rows = statements_.look.run({after, range.first, range.end});
    while (TRY(rows.next())) {
        Event event = event_of(rows);
        const bool starts_commit = look.events.empty() || look.events.back().revision != event.revision;
        if (starts_commit && look.events.size() >= look_events_max) {
            look.seen = look.events.back().revision;
            return look;
        }
        look.events.push_back(std::move(event));
    }
    look.seen = kept.newest;
    return look;
}

}  // namespace countersign::store
