// A connection of a SQLite store that only reads; its reads neither wait for the writer nor hold it up.
// One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "store/history.h"
#include "store/statement.h"
#include "store/watch.h"

namespace countersign::store {

class SqliteReader {
public:
    static Result<SqliteReader> open(const std::filesystem::path& file);

    Result<std::optional<Entry>> get(std::string_view key);
    Result<Page> list(std::string_view prefix, const ListOptions& options);
    Result<std::optional<Revision>> find_commit(std::string_view id);
    Result<Look> look(const KeyRange& range, Revision after);

private:
    struct Statements {
        Statement begin;
        Statement end;
        Statement kept;
        Statement get;
        Statement list_newest;
        Statement list_at;
        Statement find_id;
        Statement look;
    };
    struct Kept {
        Revision newest = 0;
        Revision compacted = 0;
    };

    SqliteReader(Connection connection, Statements statements)
        : connection_(std::move(connection)), statements_(std::move(statements)) {}

    template <class Work>
    auto on_snapshot(Work work) -> decltype(work(std::declval<const Kept&>()));
    Result<Kept> kept();
    Result<Page> read_page(std::string_view prefix, const ListOptions& options, const Kept& kept);
    Result<Look> read_events(const KeyRange& range, Revision after, const Kept& kept);

    Connection connection_;
    Statements statements_;
};

}  // namespace countersign::store
