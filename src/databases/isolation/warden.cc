#include "databases/isolation/warden.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "databases/isolation/messages.h"
#include "databases/isolation/warden_process.h"

namespace countersign::databases::isolation {

namespace {

// Whether root can become one of these here: a container may not know such numbers.
bool can_become(uid_t user) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool became = ::setgroups(0, nullptr) == 0 && ::setgid(user) == 0 && ::setuid(user) == 0;
        ::_exit(became ? 0 : 1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// The first directory on the way there that not everybody may pass; empty when there is none.
std::string obstacle_on_the_way(const std::filesystem::path& dir) {
    std::filesystem::path way;
    for (const std::filesystem::path& part : dir.parent_path()) {
        way /= part;
        struct stat facts {};
        if (::stat(way.c_str(), &facts) != 0 || (facts.st_mode & S_IXOTH) == 0) return way;
    }
    return {};
}

// Runs in the child; the warden of an enclosure is who the control plane will be.
bool become(const Charge& charge) {
    if (charge.users || ::geteuid() != 0) return true;
    return ::setgroups(0, nullptr) == 0 && ::setgid(charge.group) == 0 && ::setuid(charge.user) == 0;
}

Result<Descriptor> in_memory(std::string_view text) {
    Descriptor file(::memfd_create("countersign", MFD_CLOEXEC));
    std::size_t written = 0;
    while (file && written < text.size()) {
        const ssize_t step = ::write(file.number(), text.data() + written, text.size() - written);
        if (step <= 0) return Error{Fault::unavailable, "no memory for a file"};
        written += static_cast<std::size_t>(step);
    }
    if (!file) return Error{Fault::unavailable, "no memory for a file"};
    return file;
}

}  // namespace

Choice choose_isolation(const std::filesystem::path& dir, uid_t user, gid_t group, const UserRange& range) {
    Choice choice{{dir, user, group, std::nullopt, {}}, {}};
    if (::geteuid() == 0) {
        const std::string obstacle = obstacle_on_the_way(dir);
        if (!obstacle.empty())
            choice.reason = fmt::format("{} is not open to other users (chmod o+x)", obstacle);
        else if (!can_become(range.first) || !can_become(range.ender()))
            choice.reason = fmt::format("users {} to {} cannot be had here", range.first, range.last);
        else
            choice.charge.users = range;
    }
    if (!choice.charge.users)
        choice.charge.means = available_means(dir, [&] { return become(choice.charge); });
    return choice;
}

Result<std::unique_ptr<Warden>> Warden::start(const Charge& charge) {
    auto [ours, its] = TRY(connected_pair());
    const pid_t child = ::fork();
    if (child < 0) return Error{Fault::unavailable, fmt::format("cannot fork: {}", strerror(errno))};
    if (child == 0) {
        if (become(charge)) keep_watch(charge, its.number());
        ::_exit(1);
    }
    return std::unique_ptr<Warden>(new Warden(charge, std::move(ours)));
}

Result<std::vector<Descriptor>> Warden::ask(const std::vector<std::string>& words,
                                            const std::vector<int>& descriptors, std::string* answer) const {
    std::optional<Message> heard;
    {
        const MutexLock lock(mutex_);
        TRY(send(socket_.number(), words, descriptors));
        heard = receive(socket_.number());
    }
    if (!heard || heard->words.size() != 2)
        return Error{Fault::unavailable, "the warden of the databases has gone; start countersign again"};
    if (!heard->words[0].empty()) return Error{Fault::unavailable, heard->words[0]};
    if (answer != nullptr) *answer = heard->words[1];
    return std::move(heard->descriptors);
}

Result<Warden::Started> Warden::spawn(const Order& order, int input, int output) const {
    std::vector<std::string> words = {"spawn",
                                      std::to_string(order.user),
                                      order.directory,
                                      order.places.home,
                                      order.places.run,
                                      order.places.library,
                                      order.program,
                                      std::to_string(order.arguments.size()),
                                      std::to_string(order.places.further.size())};
    words.insert(words.end(), order.places.further.begin(), order.places.further.end());
    words.insert(words.end(), order.arguments.begin(), order.arguments.end());
    words.insert(words.end(), order.environment.begin(), order.environment.end());
    std::string answer;
    std::vector<Descriptor> got = TRY(ask(words, {input, output}, &answer));
    const auto pid = parse_number<unsigned>(answer);
    if (!pid || got.size() != 1) return Error{Fault::internal, "the warden's answer is none"};
    return Started{static_cast<pid_t>(*pid), std::move(got[0])};
}

Result<void> Warden::give(uid_t user, int directory, Kind kind) const {
    TRY(ask({"give", std::to_string(user), kind == Kind::log ? "log" : "data"}, {directory}));
    return {};
}

Result<void> Warden::admit(uid_t user, int directory) const {
    TRY(ask({"admit", std::to_string(user)}, {directory}));
    return {};
}

Result<void> Warden::write_file(uid_t user, int directory, const Draft& draft) const {
    const Descriptor text = TRY(in_memory(draft.text));
    TRY(ask(
        {"write", std::to_string(user), draft.name, std::to_string(draft.mode), draft.synced ? "synced" : ""},
        {directory, text.number()}));
    return {};
}

Result<void> Warden::signal(int pidfd, int number) const {
    TRY(ask({"signal", std::to_string(number)}, {pidfd}));
    return {};
}

Result<void> Warden::end_all(uid_t user) const {
    TRY(ask({"end", std::to_string(user)}, {}));
    return {};
}

}  // namespace countersign::databases::isolation
