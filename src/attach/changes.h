// The changes that attaching makes on a host, each with what it shows of itself and how it is taken back.
// Made in order; when one fails, those before it are taken back in the opposite order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attach/checklist.h"
#include "base/result.h"

namespace countersign::attach {

struct Change {
    std::string what;
    std::string shown;  // a diff, SQL or a command
    std::function<Result<void>()> make;
    std::function<Result<void>()> undo;
};

class Changes {
public:
    void add(Change change) { changes_.push_back(std::move(change)); }
    void append(Changes more);
    bool empty() const { return changes_.empty(); }
    std::string text() const;  // all of them, for people

    // Makes all; after a failure none is made. What could not be taken back stands in the error.
    Result<void> make(Checklist& list);
    // Takes back all that were made, because of an error that is handed on.
    Error take_back(Error because);

private:
    std::vector<Change> changes_;
    std::size_t made_ = 0;
};

// A file that is replaced or made, with what it was.
struct FileChange {
    std::string file;
    std::string before;  // empty: there is none
    std::string after;
    bool is_new = false;  // 0644, of whoever makes it
};
Change change_of(const FileChange& file);

}  // namespace countersign::attach
