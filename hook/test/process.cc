#include "test/process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace countersign::hook::test {
namespace {

std::vector<char*> pointers(const Words& words) {
    std::vector<char*> all;
    std::ranges::transform(words, std::back_inserter(all),
                           [](const std::string& word) { return const_cast<char*>(word.c_str()); });
    all.push_back(nullptr);
    return all;
}

// Between fork() and exec(): only calls that are safe in a child of a process with threads.
[[noreturn]] void become(const ServerUser& user, char** arguments, char** environment, const char* log) {
    constexpr int could_not_start = 127;
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    const bool is_root = geteuid() == 0;
    if (is_root && (setgroups(0, nullptr) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0)) {
        _exit(could_not_start);
    }
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 || chdir("/") != 0) {
        _exit(could_not_start);
    }
    execve(arguments[0], arguments, environment);
    _exit(could_not_start);
}

}  // namespace

ServerUser server_user() {
    if (geteuid() != 0) return {geteuid(), getegid()};
    const passwd* const postgres = getpwnam("postgres");
    if (postgres == nullptr) return {65534, 65534};
    return {postgres->pw_uid, postgres->pw_gid};
}

pid_t launch(const Words& command, const Words& environment, const std::string& log) {
    const ServerUser user = server_user();
    std::vector<char*> arguments = pointers(command);
    std::vector<char*> variables = pointers(environment);
    const pid_t child = fork();
    if (child == 0) become(user, arguments.data(), variables.data(), log.c_str());
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int run(const Words& command, const std::string& log) {
    return wait_for(launch(command, {"PATH=/usr/bin:/bin", "LC_ALL=C"}, log));
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    give_to_server_user(path);
}

void give_to_server_user(const std::string& path) {
    const ServerUser user = server_user();
    if (chown(path.c_str(), user.uid, user.gid) != 0) std::terminate();
}

}  // namespace countersign::hook::test
