// Other programs: run one to its end, or start one that lives on. A program gets no descriptor but its
// standard three, none of our signal settings, and an environment of its own: what surrounds us (credentials,
// say) is not passed on. Safe to call from any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace countersign {

// Whoever may signal processes that are another user's.
class Signaller {
public:
    virtual ~Signaller() = default;
    virtual Result<void> signal(int pidfd, int number) const = 0;
};

struct Command {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::vector<std::string> environment = {};  // NAME=value, beside PATH, HOME and LANG
    std::string input = {};                     // its standard input, for run(); at most 64 KiB
    std::filesystem::path directory = "/";      // where it starts
};

// What it printed (standard output and error, at most 64 KiB), when it ended with success in time. The error
// names the program and has the last line of what it printed.
Result<std::string> run(const Command& command, std::chrono::milliseconds patience);

// What surrounds a program: PATH, HOME, LANG and what the command names.
std::vector<std::string> environment_for(const Command& command);
// An empty file, to the end of which a program prints.
Result<Descriptor> open_output(const std::filesystem::path& output);

// A process that may not be our child: one adopted from before is not.
class Process {
public:
    Process() = default;  // none
    // Fault::not_found when there is none with this id. One of another user is signalled by the signaller.
    static Result<Process> attach(pid_t pid, const Signaller* signaller = nullptr);
    static Process held(pid_t pid, Descriptor pidfd, const Signaller* signaller);
    // In a session of its own; its output goes to the end of `output`, which is emptied first.
    static Result<Process> spawn(const Command& command, const std::filesystem::path& output);
    // The same, which reads and writes these descriptors.
    static Result<Process> spawn(const Command& command, int input, int output);

    pid_t pid() const { return pid_; }
    int pidfd() const { return pidfd_.number(); }  // readable when the process has ended
    bool alive();                                  // collects the remains of a child
    bool ends_within(std::chrono::milliseconds patience);
    void signal(int number) const;  // to this process and never to a later one with its id

private:
    Process(pid_t pid, Descriptor pidfd, const Signaller* signaller)
        : pid_(pid), pidfd_(std::move(pidfd)), signaller_(signaller) {}

    pid_t pid_ = 0;
    Descriptor pidfd_;
    const Signaller* signaller_ = nullptr;
};

// Who this process runs as. Empty where the machine's list of users does not say.
struct User {
    std::string name;
    std::string home;
};
User current_user();

// "PID START BOOT": tells a process from every other that this machine ever ran. Empty when it has ended.
std::string identity_of(pid_t pid);

// The processes of this user that run `postgres` and work in the directory.
std::vector<pid_t> postgres_processes_in(const std::filesystem::path& directory);

// One variable of a process's environment as it was started; empty when it has none.
std::string environment_of(pid_t pid, std::string_view name);

}  // namespace countersign
