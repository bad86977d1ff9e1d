#include "attach/changes.h"

#include <fmt/format.h>

#include <filesystem>

#include "attach/diff.h"
#include "attach/host_files.h"
#include "base/files.h"
#include "client/data_dir.h"

namespace countersign::attach {

namespace {

constexpr unsigned for_readers = 0644;

Result<void> put_back(const FileChange& file) {
    if (!file.is_new) return replace_host_file(file.file, file.before);
    std::error_code error;
    std::filesystem::remove(file.file, error);
    if (!error) return {};
    return Error{Fault::denied, fmt::format("cannot remove {}: {}", file.file, error.message())};
}

}  // namespace

void Changes::append(Changes more) {
    for (Change& change : more.changes_) changes_.push_back(std::move(change));
}

std::string Changes::text() const {
    std::string text;
    for (const Change& change : changes_) {
        text += fmt::format("* {}\n", change.what);
        if (!change.shown.empty()) text += change.shown + (change.shown.ends_with('\n') ? "" : "\n");
    }
    return text;
}

Result<void> Changes::make(Checklist& list) {
    for (const Change& change : changes_) {
        ++made_;  // a change that fails may have been made in part
        Result<void> made = change.make();
        if (!made) return take_back(std::move(made).error());
        list.good(change.what);
    }
    return {};
}

Error Changes::take_back(Error because) {
    for (; made_ > 0; --made_) {
        const Change& change = changes_[made_ - 1];
        if (!change.undo) continue;
        const Result<void> undone = change.undo();
        if (!undone)
            because.message +=
                fmt::format("; and \"{}\" could not be taken back: {}", change.what, undone.error().message);
    }
    return because;
}

Change change_of(const FileChange& file) {
    return {.what = fmt::format("{} {}", file.is_new ? "make" : "change", file.file),
            .shown = unified_diff(file.file, file.before, file.after),
            .make = [file]() -> Result<void> {
                return file.is_new ? replace_file(file.file, file.after, Durability::synced, for_readers)
                                   : replace_host_file(file.file, file.after);
            },
            .undo = [file] { return put_back(file); }};
}

}  // namespace countersign::attach
