// The CPU time of a running process, as the kernel tells it in /proc. Microseconds; the kernel counts exactly
// and shows hundredths of a second.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace countersign::bench {

std::vector<pid_t> children_of(pid_t pid);

// The process itself: the threads that it has now, exactly where the kernel keeps such figures.
std::int64_t own_cpu_us(pid_t pid);

// The process, its children, and those of its children that have ended: the whole of a PostgreSQL server.
std::int64_t family_cpu_us(pid_t pid);

// Of all that ever ran in a control group, exactly, by its cpuacct.usage.
std::int64_t cgroup_cpu_us(const std::string& usage_file);

// This process, all its threads.
std::int64_t client_cpu_us();

}  // namespace countersign::bench
