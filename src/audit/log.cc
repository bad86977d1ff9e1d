#include "audit/log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "audit/chain.h"
#include "audit/files.h"
#include "base/descriptor.h"
#include "base/mutex.h"
#include "crypto/digest.h"
#include "formats/iso_time.h"

namespace countersign::audit {

namespace {

namespace fs = std::filesystem;

Error cannot_log(std::string_view what, const fs::path& file) {
    return Error{Fault::unavailable,
                 fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(errno))};
}

// What a file of the log holds.
struct Scan {
    std::optional<ChainPosition> first;
    std::optional<ChainHead> last;  // nothing: there is no line of a chain
    bool has_lines = false;
    std::size_t unfinished_bytes = 0;
};

Result<Scan> scan(const fs::path& file) {
    LineReader reader = TRY(LineReader::open(file));
    Scan found;
    std::string line;
    std::string last;
    std::uint64_t last_seq = 0;
    while (reader.next(line)) {
        found.has_lines = true;
        const std::optional<ChainPosition> position = position_of(line);
        const bool follows = position && position->seq == last_seq + 1;
        if (!follows && !(position && entry_in(line))) continue;  // damaged: the chain goes on behind it
        if (!found.first) found.first = position;
        last_seq = position->seq;
        last.swap(line);
    }
    if (const auto position = position_of(last))
        found.last = ChainHead{position->seq, crypto::sha256_hex(last)};
    found.unfinished_bytes = reader.unfinished_bytes();
    return found;
}

// The end of the chain as the full files have it.
std::optional<ChainHead> end_of_rotated(const fs::path& log) {
    const std::vector<fs::path> files = rotated_files(log);
    if (files.empty()) return std::nullopt;
    const Result<Scan> found = scan(files.back());
    return found ? found->last : std::nullopt;
}

}  // namespace

// The open file and the end of its chain.
class LoginLog::Writer {
public:
    Writer(fs::path file, LoginLogOptions options) : file_(std::move(file)), options_(std::move(options)) {}

    Result<void> open() {
        const MutexLock lock(mutex_);
        head_ = Descriptor(::open(head_of(file_).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!head_) return cannot_log("open", head_of(file_));
        if (::flock(head_.number(), LOCK_EX | LOCK_NB) != 0)
            return Error{Fault::conflict, "another server writes " + file_.string()};
        const std::optional<ChainHead> head = read_head(file_);
        if (!head) TRY(put_unchained_aside());
        const Scan found = TRY(adopt_file());
        continue_chain(found.has_lines ? found.last : end_of_rotated(file_), head);
        first_seq_ = found.first ? found.first->seq : last_.seq + 1;
        write_head();
        // On a full disk the note waits for the first line that can be written.
        static_cast<void>(static_cast<bool>(write_note(formats::extended_time(options_.now))));
        return {};
    }

    Result<void> append(const LoginEntry& entry) {
        const MutexLock lock(mutex_);
        TRY(check_place());
        TRY(write_note(entry.time));
        return write(entry);
    }

    const fs::path& file() const { return file_; }

private:
    // A log that has lines and no chain was written before there was one.
    Result<void> put_unchained_aside() const {
        std::error_code absent;
        if (!fs::exists(file_, absent)) return {};
        const Scan found = TRY(scan(file_));
        if (!found.has_lines || found.last) return {};
        if (::rename(file_.c_str(), free_name(0).c_str()) != 0) return cannot_log("put aside", file_);
        return {};
    }

    // Never over a file that is there.
    fs::path free_name(std::uint64_t number) const {
        std::error_code absent;
        while (fs::exists(rotated_name(file_, number), absent)) ++number;
        return rotated_name(file_, number);
    }

    // Opens what lies under the name, and cuts off a line that was not written to its end.
    Result<Scan> adopt_file() REQUIRES(mutex_) {
        Descriptor log(::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        if (!log) return cannot_log("open", file_);
        const Scan found = TRY(scan(file_));
        struct stat here {};
        if (::fstat(log.number(), &here) != 0) return cannot_log("open", file_);
        const auto whole = static_cast<std::uint64_t>(here.st_size) - found.unfinished_bytes;
        if (found.unfinished_bytes > 0) {
            if (::ftruncate(log.number(), static_cast<off_t>(whole)) != 0) return cannot_log("mend", file_);
            note(fmt::format("a half-written line of {} bytes was cut off", found.unfinished_bytes));
        }
        log_ = std::move(log);
        place_ = {here.st_dev, here.st_ino};
        size_ = whole;
        return found;
    }

    // The head outlives an end that was cut off: the gap stays to be seen.
    void continue_chain(const std::optional<ChainHead>& in_file, const std::optional<ChainHead>& head)
        REQUIRES(mutex_) {
        last_ = in_file.value_or(ChainHead{});
        if (!head && in_file) note("login.log.head was missing or unreadable");
        if (!head || head->seq < last_.seq || *head == last_) return;
        if (head->seq == last_.seq)
            note(fmt::format("line {} is not the one that was written", head->seq));
        else
            note(fmt::format("lines {} to {} are missing: cut off, or lost with the power", last_.seq + 1,
                             head->seq));
        last_ = *head;
    }

    // Somebody may have moved, removed, cut or lengthened the file meanwhile.
    Result<void> check_place() REQUIRES(mutex_) {
        struct stat there {};
        const bool found = ::stat(file_.c_str(), &there) == 0;
        if (found && place_ == std::pair(there.st_dev, there.st_ino)) {
            if (static_cast<std::uint64_t>(there.st_size) == size_) return {};
            note(fmt::format("the file had {} bytes and then {}, and not by this server", size_,
                             there.st_size));
            TRY(adopt_file());
            return {};
        }
        note("the file was moved away or removed, and a new one begun");
        const Scan adopted = TRY(adopt_file());
        first_seq_ = adopted.first ? adopted.first->seq : last_.seq + 1;
        return {};
    }

    void note(const std::string& what) REQUIRES(mutex_) {
        if (owed_.find(what) == std::string::npos) owed_ += (owed_.empty() ? "" : "; ") + what;
    }

    Result<void> write_note(const std::string& time) REQUIRES(mutex_) {
        if (owed_.empty()) return {};
        LoginEntry entry;
        entry.time = time;
        entry.decision = Decision::noted;
        entry.reason = owed_;
        TRY(write(entry));
        owed_.clear();
        return {};
    }

    Result<void> write(const LoginEntry& entry) REQUIRES(mutex_) {
        std::string line = chained_line(entry, last_);
        line += '\n';
        if (size_ > 0 && size_ + line.size() > options_.bytes_max) rotate();
        // One write() on an O_APPEND file: readers never see half of two lines.
        const ssize_t written = ::write(log_.number(), line.data(), line.size());
        if (written != std::ssize(line)) return withdraw(written);
        size_ += line.size();
        line.pop_back();
        last_ = ChainHead{last_.seq + 1, crypto::sha256_hex(line)};
        write_head();
        for (LineListener* listener : options_.listeners) listener->written(line, entry);
        return {};
    }

    // Half a line must not stay. If it does all the same, the next append finds it by the size.
    Error withdraw(ssize_t written) const REQUIRES(mutex_) {
        const std::string why = written < 0 ? std::strerror(errno) : "the disk is full";
        if (written > 0 && ::ftruncate(log_.number(), static_cast<off_t>(size_)) != 0)
            return Error{Fault::unavailable,
                         "half of a line is in the log, and cannot be taken back: " + why};
        return Error{Fault::unavailable, "the login cannot be recorded: " + why};
    }

    // In place: it needs no room on the disk, and is behind by a line at the most.
    void write_head() const REQUIRES(mutex_) {
        const std::string text = to_text(last_);
        const ssize_t written = ::pwrite(head_.number(), text.data(), text.size(), 0);
        static_cast<void>(written);
    }

    // When no new file can be begun the old one goes on: a line that is too many is better than a login
    // refused.
    void rotate() REQUIRES(mutex_) {
        const fs::path draft = file_.string() + ".new";
        Descriptor next(::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
        struct stat there {};
        if (!next || ::fstat(next.number(), &there) != 0) return;
        if (::rename(file_.c_str(), free_name(first_seq_).c_str()) != 0) return;
        if (::rename(draft.c_str(), file_.c_str()) != 0) return;
        log_ = std::move(next);
        place_ = {there.st_dev, there.st_ino};
        size_ = 0;
        first_seq_ = last_.seq + 1;
        remove_oldest();
    }

    void remove_oldest() const {
        if (options_.files_max == 0) return;
        const std::vector<fs::path> full = rotated_files(file_);
        std::error_code ignored;
        for (std::size_t i = 0; i + options_.files_max <= full.size(); ++i) fs::remove(full[i], ignored);
    }

    const fs::path file_;
    const LoginLogOptions options_;
    Mutex mutex_;
    Descriptor head_ GUARDED_BY(mutex_);
    Descriptor log_ GUARDED_BY(mutex_);
    std::pair<dev_t, ino_t> place_ GUARDED_BY(mutex_);
    std::uint64_t size_ GUARDED_BY(mutex_) = 0;
    std::uint64_t first_seq_ GUARDED_BY(mutex_) = 1;  // of the file
    ChainHead last_ GUARDED_BY(mutex_);
    std::string owed_ GUARDED_BY(mutex_);  // what is to be noted
};

LoginLog::LoginLog(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
LoginLog::LoginLog(LoginLog&& other) noexcept = default;
LoginLog::~LoginLog() = default;

Result<LoginLog> LoginLog::open(const fs::path& file, LoginLogOptions options) {
    auto writer = std::make_unique<Writer>(file, std::move(options));
    TRY(writer->open());
    return LoginLog(std::move(writer));
}

Result<void> LoginLog::append(const LoginEntry& entry) const {
    return writer_->append(entry);
}

const fs::path& LoginLog::file() const {
    return writer_->file();
}

}  // namespace countersign::audit
