// Keeps lines of a password file fresh: makes each again when it is due, and puts back what somebody else
// changed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "passfile/file.h"
#include "passfile/schedule.h"

namespace countersign::passfile {

// A line with a token that is good until then.
struct FreshLine {
    Line line;
    Instant good_until;
};

// Where the token of one line comes from. May block for as long as credentials and servers take.
struct LineSource {
    std::string name;  // of the database, for messages
    std::function<Result<FreshLine>()> make;
};

class KeeperListener {
public:
    virtual ~KeeperListener() = default;
    virtual void renewed(const LineSource& source, const FreshLine& line) = 0;
    // `good_until` is that of the line in the file; nothing: there is none yet.
    virtual void failed(const LineSource& source, const Error& error, std::chrono::seconds next_attempt,
                        std::optional<Instant> good_until) = 0;
    // The file was changed by somebody else; the lines are in it again.
    virtual void restored() = 0;
    // Around the moments in which the file is being written.
    virtual void begin_write() = 0;
    virtual void end_write() = 0;
};

// Not safe to call from several threads.
class Keeper {
public:
    Keeper(Path file, std::vector<LineSource> sources, const Clock& clock, KeeperListener& listener);

    // Does what is due now. Call again after a second. An error is that of the first source that failed in
    // this call, or of the file; the listener was told.
    Result<void> step();

    // Every line has been written once.
    bool is_complete() const;
    // And the last attempt at each succeeded.
    bool is_well() const;

private:
    struct Kept {
        LineSource source;
        Schedule schedule;
        FreshLine fresh;
        std::optional<Instant> written_until;  // of the line in the file; nothing: there is none yet
        bool is_failing = false;
    };

    static bool is_among(const std::vector<Kept*>& some, const Kept& kept);
    // Those that were made anew; the first error into `failure`.
    std::vector<Kept*> renew(Instant now, Result<void>& failure);
    Result<void> write(Instant now, const std::vector<Kept*>& renewed);
    Result<void> put(const std::vector<Kept*>& renewed);
    bool is_changed(Instant now) const;
    void fail(Kept& kept, Instant now, const Error& error);

    const Path file_;
    std::vector<Kept> kept_;
    const Clock& clock_;
    KeeperListener& listener_;
    FileMark mark_;
    Instant written_;
};

}  // namespace countersign::passfile
