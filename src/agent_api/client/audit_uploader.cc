#include "agent_api/client/audit_uploader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "formats/record.h"

namespace countersign::agent_api::client {

namespace {

constexpr std::int64_t file_bytes_max = 256LL * 1024 * 1024;  // days of a busy host
constexpr auto pause_length = std::chrono::seconds(2);

}  // namespace

Result<std::unique_ptr<AuditUploader>> AuditUploader::open(const std::filesystem::path& file, Deliver deliver,
                                                           const Log& log) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat facts {};
    if (descriptor < 0 || ::fstat(descriptor, &facts) != 0)
        return Error{Fault::unavailable, "cannot open " + file.string() + ": " + std::strerror(errno)};
    return std::unique_ptr<AuditUploader>(
        new AuditUploader(descriptor, facts.st_size, std::move(deliver), log));
}

AuditUploader::AuditUploader(int descriptor, std::int64_t size, Deliver deliver, const Log& log)
    : descriptor_(descriptor), deliver_(std::move(deliver)), log_(log), size_(size) {}

AuditUploader::~AuditUploader() {
    stop();
    ::close(descriptor_);
}

void AuditUploader::start() {
    thread_ = Thread(
        "control-logins", log_, [this] { ship(); }, [this] { return is_stopping(); });
}

void AuditUploader::stop() {
    {
        const MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool AuditUploader::is_stopping() {
    const MutexLock lock(mutex_);
    return stopping_;
}

void AuditUploader::on_login(const audit::LoginEntry& entry) {
    const std::string line = formats::to_record(entry) + '\n';
    {
        const MutexLock lock(mutex_);
        const bool fits = size_ + std::ssize(line) <= file_bytes_max;
        const ssize_t written = fits ? ::write(descriptor_, line.data(), line.size()) : 0;
        if (written > 0) size_ += written;
        if (written != std::ssize(line) && left_out_++ == 0)
            log_.error("agent.shipping_full",
                       {{"bytes", size_}, {"next", "the lines are in this host's own login.log"}});
    }
    changed_.notify_all();
}

AuditUploader::State AuditUploader::state() const {
    const MutexLock lock(mutex_);
    return {size_ - sent_, left_out_};
}

// What a throw leaves undelivered is delivered again.
void AuditUploader::ship() {
    while (const std::optional<Waiting> waiting = await_lines()) {
        const Batch batch = next_batch(*waiting);
        settle(batch, batch.lines.lines.empty() ? Result<void>() : deliver_(batch.lines));
    }
}

// Nothing at the end.
std::optional<AuditUploader::Waiting> AuditUploader::await_lines() {
    const MutexLock lock(mutex_);
    while (!stopping_ && size_ <= sent_) changed_.wait(mutex_);
    if (stopping_) return std::nullopt;
    return Waiting{sent_, size_ - sent_};
}

// Whole lines from the first that has not arrived; one that cannot be read is passed over, as is what a crash
// left of a line.
AuditUploader::Batch AuditUploader::next_batch(const Waiting& waiting) const {
    const auto wanted = std::min<std::int64_t>(waiting.bytes, std::int64_t{lines_bytes_max});
    std::string bytes(static_cast<std::size_t>(wanted), '\0');
    const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), waiting.from);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    Batch batch;
    for (std::size_t begin = 0; begin < bytes.size() && batch.lines.lines.size() < lines_max;) {
        const std::size_t end = bytes.find('\n', begin);
        if (end == std::string::npos) break;
        auto entry =
            formats::from_record<audit::LoginEntry>(std::string_view(bytes).substr(begin, end - begin));
        if (entry) batch.lines.lines.push_back(*std::move(entry));
        begin = end + 1;
        batch.bytes = static_cast<std::int64_t>(begin);
    }
    if (batch.bytes == 0) batch.bytes = waiting.bytes;
    return batch;
}

void AuditUploader::settle(const Batch& batch, const Result<void>& delivered) {
    const bool is_refused = !delivered && delivered.error().fault == Fault::invalid;
    if (!delivered && is_failing_ != true)
        log_.warn("agent.shipping_failed", {{"reason", delivered.error().message},
                                            {"lines", batch.lines.lines.size()},
                                            {"passed_over", is_refused ? 1 : 0}});
    is_failing_ = !delivered;
    if (!delivered && !is_refused) return pause();
    const MutexLock lock(mutex_);
    sent_ += batch.bytes;
    if (sent_ < size_ || ::ftruncate(descriptor_, 0) != 0) return;
    sent_ = size_ = 0;
}

void AuditUploader::pause() {
    const MutexLock lock(mutex_);
    changed_.wait_for(mutex_, pause_length, [this]() REQUIRES(mutex_) { return stopping_; });
}

}  // namespace countersign::agent_api::client
