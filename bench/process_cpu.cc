#include "process_cpu.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace countersign::bench {

namespace {

// Of the process, and of those of its children that it has waited for.
struct Ticks {
    std::int64_t own = 0;
    std::int64_t ended_children = 0;
};

// Zero for a process that is gone: its parent has its time.
Ticks ticks_of(pid_t pid) {
    constexpr int fields_before_times = 11;  // from the state, which follows the name, to utime
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return {};
    std::istringstream fields(text.substr(name_end + 1));
    std::string passed;
    for (int i = 0; i < fields_before_times; ++i) fields >> passed;
    std::array<std::int64_t, 4> times{};
    for (std::int64_t& time : times) fields >> time;
    return {times[0] + times[1], times[2] + times[3]};
}

std::int64_t microseconds(std::int64_t ticks) {
    return ticks * 1'000'000 / ::sysconf(_SC_CLK_TCK);
}

std::int64_t microseconds(const timeval& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_usec;
}

}  // namespace

std::vector<pid_t> children_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", pid));
    std::vector<pid_t> children;
    for (pid_t child = 0; file >> child;) children.push_back(child);
    return children;
}

std::int64_t own_cpu_us(pid_t pid) {
    std::int64_t nanoseconds = 0;
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), gone)) {
        std::int64_t own = 0;
        std::ifstream(thread.path() / "schedstat") >> own;
        nanoseconds += own;
    }
    return nanoseconds > 0 ? nanoseconds / 1000 : microseconds(ticks_of(pid).own);
}

std::int64_t family_cpu_us(pid_t pid) {
    const Ticks parent = ticks_of(pid);
    std::int64_t ticks = parent.own + parent.ended_children;
    for (const pid_t child : children_of(pid)) ticks += ticks_of(child).own;
    return microseconds(ticks);
}

std::int64_t cgroup_cpu_us(const std::string& usage_file) {
    std::int64_t nanoseconds = 0;
    std::ifstream(usage_file) >> nanoseconds;
    return nanoseconds / 1000;
}

std::int64_t client_cpu_us() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return microseconds(used.ru_utime) + microseconds(used.ru_stime);
}

}  // namespace countersign::bench
