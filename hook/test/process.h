// Child processes of the tests, run as PostgreSQL's unprivileged user when the test itself is root.
// A child that is left running ends with the test. Safe on any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace countersign::hook::test {

using Words = std::vector<std::string>;

// Who the server runs as: the account `postgres` when this process is root, otherwise ourselves.
struct ServerUser {
    uid_t uid;
    gid_t gid;
};
ServerUser server_user();

// Starts a program with exactly this environment, both outputs appended to the file `log`.
pid_t launch(const Words& command, const Words& environment, const std::string& log);

// The exit code, or -1 when the program did not exit by itself.
int wait_for(pid_t child);

int run(const Words& command, const std::string& log);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);
void give_to_server_user(const std::string& path);

}  // namespace countersign::hook::test
