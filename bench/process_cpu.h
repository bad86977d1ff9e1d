// The CPU time of a running process, as the kernel tells it in /proc. Microseconds; the kernel counts exactly
// and shows hundredths of a second.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace countersign::bench {

std::vector<pid_t> children_of(pid_t pid);

// The process itself, all its threads.
std::int64_t own_cpu_us(pid_t pid);

// The process, its children, and those of its children that have ended: the whole of a PostgreSQL server.
std::int64_t family_cpu_us(pid_t pid);

// This process, all its threads.
std::int64_t client_cpu_us();

}  // namespace countersign::bench
