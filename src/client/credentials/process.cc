#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/deadline.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "client/credentials/documents.h"
#include "client/credentials/sources.h"

namespace countersign::client {

namespace {

constexpr auto process_patience = std::chrono::seconds(60);  // a person may have to touch a key
constexpr std::size_t output_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t shown_errors_bytes_max = std::size_t{4} * 1024;

// Set for the program, so that none runs itself: the profiles whose programs run already, one a line.
constexpr std::string_view profile_variable = "COUNTERSIGN_CREDENTIAL_PROCESS_OF";

struct Ended {
    int status = -1;
    bool in_time = false;
    std::string output;
    std::string errors;
};

Error process_refused(std::string_view why) {
    return Error{Fault::unavailable,
                 fmt::format("Error when retrieving credentials from custom-process: {}", why)};
}

std::string contents_of(const Descriptor& file) {
    std::string text(output_bytes_max, '\0');
    const ssize_t length = ::pread(file.number(), text.data(), text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

// The environment of this process, with the profiles whose programs run.
std::vector<std::string> own_environment(const std::string& profiles) {
    const std::string prefix = std::string(profile_variable) + '=';
    std::vector<std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        if (!std::string_view(*entry).starts_with(prefix)) all.emplace_back(*entry);
    all.push_back(prefix + profiles);
    return all;
}

// The program keeps this process's terminal, directory and environment, as under the AWS CLI.
Result<pid_t> start(std::vector<std::string> words, const std::string& profiles, int output, int errors) {
    std::vector<std::string> environment = own_environment(profiles);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    pid_t pid = 0;
    const int failure = ::posix_spawnp(&pid, words[0].c_str(), &actions, nullptr, pointers(words).data(),
                                       pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure == 0) return pid;
    return process_refused(fmt::format("cannot start {}: {}", words[0], strerror(failure)));
}

Result<Ended> run_to_end(const std::vector<std::string>& words, const std::string& profiles) {
    const Descriptor output(::memfd_create("countersign-output", MFD_CLOEXEC));
    const Descriptor errors(::memfd_create("countersign-errors", MFD_CLOEXEC));
    if (!output || !errors) return process_refused("no memory for a program's output");
    const pid_t pid = TRY(start(words, profiles, output.number(), errors.number()));
    pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0};
    const Descriptor pidfd(ended.fd);
    const Deadline deadline(process_patience);
    int ready = 0;
    while (ready <= 0 && !deadline.passed())
        ready = ::poll(&ended, pidfd ? 1 : 0, static_cast<int>(deadline.left().count()));
    if (ready <= 0) ::kill(pid, SIGKILL);
    Ended end;
    end.in_time = ready > 0;
    int status = 0;
    pid_t collected = 0;
    do collected = ::waitpid(pid, &status, 0);
    while (collected < 0 && errno == EINTR);
    if (collected == pid && WIFEXITED(status)) end.status = WEXITSTATUS(status);
    end.output = contents_of(output);
    end.errors = contents_of(errors);
    return end;
}

}  // namespace

Result<SourceAnswer> from_process(const Search& search, const std::string& profile) {
    const std::string command = search.profiles.get(profile, "credential_process");
    if (command.empty()) return nothing(fmt::format("the profile {} has no credential_process", profile));
    const std::string running = search.variable(std::string(profile_variable));
    const std::vector<std::string_view> profiles = split(running, '\n');
    if (std::ranges::find(profiles, profile) != profiles.end())
        return process_refused(
            fmt::format("the credential_process of the profile {} asks for the credentials of that profile; "
                        "give its command the --profile whose key it uses",
                        profile));
    const auto words = split_command(command);
    if (!words || words->empty())
        return Error{Fault::invalid,
                     fmt::format("the credential_process of the profile {} has a quote that is not "
                                 "closed",
                                 profile)};
    Ended ended = TRY(run_to_end(*words, running + '\n' + profile));
    const WipedAtEnd wiped(ended.output.data(), ended.output.size());
    if (!ended.in_time) return process_refused(fmt::format("{} did not come to an end", (*words)[0]));
    if (ended.status != 0) {
        const std::string_view said = trimmed(ended.errors).substr(0, shown_errors_bytes_max);
        return process_refused(said.empty()
                                   ? fmt::format("{} failed with status {}", (*words)[0], ended.status)
                                   : printable_lines(said));
    }
    FoundCredentials found = TRY(parse_process_output(ended.output));
    if (found.expiration && *found.expiration <= search.now)
        return process_refused("the credentials have expired already");
    found.detail = fmt::format("credential_process of the profile {}", profile);
    return SourceAnswer{std::move(found)};
}

}  // namespace countersign::client
