#include "databases/isolation/warden_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/text.h"
#include "databases/isolation/messages.h"
#include "databases/isolation/warden_files.h"

namespace countersign::databases::isolation {

namespace {

constexpr int signals_end = 65;
constexpr int start_patience_ms = 10'000;

Error process_failed(std::string_view what) {
    return Error{Fault::unavailable, fmt::format("cannot {}: {}", what, strerror(errno))};
}

Error no_request() {
    return Error{Fault::denied, "the warden does not do that"};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

struct Launch {
    uid_t user = 0;
    std::string directory;
    Places places;
    std::vector<std::string> arguments;  // the program's name is the first
    std::vector<std::string> environment;
};

// The words of a request to start a program, as Warden::spawn() orders them.
std::optional<Launch> read_launch(const std::vector<std::string>& words, const std::filesystem::path& dir) {
    constexpr std::size_t fixed = 9;
    if (words.size() < fixed) return std::nullopt;
    const auto user = parse_number<uid_t>(words[1]);
    const auto count = parse_number<std::size_t>(words[7]);
    const auto further = parse_number<std::size_t>(words[8]);
    if (!user || !count || !further || *further > words.size() - fixed ||
        *count > words.size() - fixed - *further)
        return std::nullopt;
    Launch launch{*user, words[2], {dir, words[3], words[4], words[5], words[6]}, {words[6]}, {}};
    const auto arguments = words.begin() + fixed + static_cast<std::ptrdiff_t>(*further);
    launch.places.further.assign(words.begin() + fixed, arguments);
    const auto environment = arguments + static_cast<std::ptrdiff_t>(*count);
    launch.arguments.insert(launch.arguments.end(), arguments, environment);
    launch.environment.assign(environment, words.end());
    return launch;
}

// As a fresh process has them.
void reset_signals() {
    for (int number = 1; number < signals_end; ++number) std::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// When memory ends, the kernel ends what a database has taken before the control plane and what stands beside
// it. That it could not be asked so changes nothing else.
void go_first_without_memory() {
    constexpr std::string_view badness = "300";
    const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (file) static_cast<void>(::write(file.number(), badness.data(), badness.size()) > 0);
}

Result<void> confine(const Charge& charge, const Launch& launch) {
    if (!charge.users) return enclose(launch.places, charge.means);
    const bool became = ::setgroups(0, nullptr) == 0 &&
                        ::setresgid(launch.user, launch.user, launch.user) == 0 &&
                        ::setresuid(launch.user, launch.user, launch.user) == 0 &&
                        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!became) return process_failed(fmt::format("become user {}", launch.user));
    return {};
}

// Runs in the new process and comes back only when that did not work.
Error become_program(const Charge& charge, Launch launch, const std::vector<Descriptor>& streams) {
    reset_signals();
    ::setsid();
    if (::dup2(streams[0].number(), STDIN_FILENO) < 0 || ::dup2(streams[1].number(), STDOUT_FILENO) < 0 ||
        ::dup2(streams[1].number(), STDERR_FILENO) < 0)
        return process_failed("hand on the standard streams");
    go_first_without_memory();
    const Result<void> confined = confine(charge, launch);
    if (!confined) return confined.error();
    ::umask(0077);
    if (::chdir(launch.directory.c_str()) != 0) return process_failed("work in " + launch.directory);
    ::execve(launch.arguments[0].c_str(), pointers(launch.arguments).data(),
             pointers(launch.environment).data());
    return process_failed("start " + launch.arguments[0]);
}

// What the new process says before it is another program; empty once it is. One that is stopped on its way,
// as its user's other processes may, is not waited for.
std::string last_words(int pipe) {
    pollfd said{pipe, POLLIN, 0};
    if (::poll(&said, 1, start_patience_ms) == 0) return "the new process does not become the program";
    std::string words(1024, '\0');
    ssize_t length = 0;
    do length = ::read(pipe, words.data(), words.size());
    while (length < 0 && errno == EINTR);
    words.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    return words;
}

class Watch {
public:
    Watch(const Charge& charge, int socket) : charge_(charge), socket_(socket) {}

    void serve() {
        while (const std::optional<Message> message = receive(socket_)) {
            Answer answer;
            const Result<void> done = carry_out(*message, answer);
            std::vector<int> descriptors;
            if (answer.pidfd) descriptors.push_back(answer.pidfd.number());
            if (!send(socket_, {done ? "" : done.error().message, answer.word}, descriptors)) return;
        }
    }

private:
    struct Answer {
        std::string word;
        Descriptor pidfd;
    };

    Result<void> carry_out(const Message& message, Answer& answer) const {
        const std::vector<std::string>& words = message.words;
        if (words.size() < 2) return no_request();
        if (words[0] == "spawn") return spawn(message, answer);
        if (!charge_.users) return no_request();
        if (words[0] == "signal") return signal(message);
        const auto user = parse_number<uid_t>(words[1]);
        if (!user || !charge_.users->holds(*user)) return no_request();
        if (words[0] == "end") return end_all(*user);
        if (message.descriptors.empty()) return no_request();
        const Hands hands{charge_.user, charge_.group, *charge_.users, *user};
        const int directory = message.descriptors[0].number();
        if (words[0] == "admit") return admit(hands, directory);
        if (words[0] == "give" && words.size() == 3)
            return give(hands, directory, words[2] == "log" ? Warden::Kind::log : Warden::Kind::data);
        if (words[0] == "write" && words.size() == 5 && message.descriptors.size() == 2)
            return write(hands, message);
        return no_request();
    }

    Result<void> spawn(const Message& message, Answer& answer) const {
        std::optional<Launch> launch = read_launch(message.words, charge_.dir);
        if (!launch || message.descriptors.size() != 2) return no_request();
        if (charge_.users && !charge_.users->holds(launch->user)) return no_request();
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) return process_failed("make a pipe");
        const Descriptor hears(ends[0]);
        Descriptor says(ends[1]);
        int pidfd = -1;
        const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, nullptr);
        if (pid < 0) return process_failed("fork");
        if (pid == 0) {
            const Error error = become_program(charge_, *std::move(launch), message.descriptors);
            const bool told = ::write(says.number(), error.message.data(), error.message.size()) > 0;
            ::_exit(told ? 127 : 126);
        }
        answer.pidfd = Descriptor(pidfd);
        says = Descriptor();
        answer.word = std::to_string(pid);
        std::string words = last_words(hears.number());
        if (words.empty()) return {};
        ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
        return Error{Fault::unavailable, std::move(words)};
    }

    // The process is held by its descriptor: if it has ended since, the signal goes nowhere.
    Result<void> signal(const Message& message) const {
        const auto number = parse_number<unsigned>(message.words[1]);
        if (!number || message.descriptors.size() != 1) return no_request();
        const int pidfd = message.descriptors[0].number();
        for (const uid_t user : users_of_process(pidfd))
            if (!charge_.users->holds(user)) return no_request();
        if (::syscall(SYS_pidfd_send_signal, pidfd, *number, nullptr, 0) == 0 || errno == ESRCH) return {};
        return process_failed("signal a process");
    }

    // Who does it is of no database, so that what is ended cannot end it first. The kernel takes them all at
    // once: none can fork meanwhile.
    Result<void> end_all(uid_t user) const {
        const uid_t ender = charge_.users->ender();
        const pid_t child = ::fork();
        if (child == 0) {
            if (::setresgid(ender, ender, ender) != 0 || ::setresuid(ender, user, ender) != 0) ::_exit(1);
            ::kill(-1, SIGKILL);
            ::_exit(0);
        }
        if (child < 0) return process_failed("fork");
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
        return {};
    }

    static Result<void> write(const Hands& hands, const Message& message) {
        const auto mode = parse_number<unsigned>(message.words[3]);
        if (!mode) return no_request();
        return write_as(hands, {message.descriptors[0].number(), message.descriptors[1].number(),
                                message.words[2], *mode, message.words[4] == "synced"});
    }

    const Charge& charge_;
    const int socket_;
};

// The only descriptor left, beside the three. Negative: it could not be done.
int move_above_streams(int socket) {
    constexpr int place = STDERR_FILENO + 1;
    if (socket != place && ::dup3(socket, place, O_CLOEXEC) != place) return -1;
    return ::syscall(SYS_close_range, place + 1, ~0U, 0) == 0 ? place : -1;
}

}  // namespace

void keep_watch(const Charge& charge, int socket) {
    // It ends when its socket does, and not with the control plane's terminal or service. Children are not
    // waited for.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) std::signal(number, SIG_IGN);
    ::setsid();
    // It sees the end of the control plane only when it does not have that end itself.
    const int kept = move_above_streams(socket);
    ::prctl(PR_SET_NAME, "countersign-war");
    ::umask(0077);
    const bool ready =
        ::chdir("/") == 0 && (!charge.users || (::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0));
    if (ready && kept >= 0) Watch(charge, kept).serve();
    ::_exit(ready ? 0 : 1);
}

}  // namespace countersign::databases::isolation
