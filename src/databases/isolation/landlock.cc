#include "databases/isolation/landlock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/descriptor.h"

namespace countersign::databases::isolation {

namespace {

constexpr long call_create_ruleset = 444;
constexpr long call_add_rule = 445;
constexpr long call_restrict_self = 446;
constexpr unsigned tell_version = 1;
constexpr int below_path = 1;

struct RulesetFacts {
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};
struct [[gnu::packed]] PathRule {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};

enum Right : std::uint64_t {
    execute = 1U << 0,
    write_file = 1U << 1,
    read_file = 1U << 2,
    read_dir = 1U << 3,
    remove_dir = 1U << 4,
    remove_file = 1U << 5,
    make_char = 1U << 6,
    make_dir = 1U << 7,
    make_reg = 1U << 8,
    make_sock = 1U << 9,
    make_fifo = 1U << 10,
    make_block = 1U << 11,
    make_sym = 1U << 12,
    refer = 1U << 13,     // ABI 2
    truncate = 1U << 14,  // ABI 3
};
constexpr std::uint64_t scope_abstract_sockets = 1U << 0;
constexpr std::uint64_t scope_signals = 1U << 1;

constexpr std::uint64_t of_files = execute | write_file | read_file | truncate;
constexpr std::uint64_t all_rights = (std::uint64_t{truncate} << 1) - 1;

std::uint64_t rights_of(int abi) {
    if (abi < 2) return all_rights & ~std::uint64_t{refer | truncate};
    return abi < 3 ? all_rights & ~std::uint64_t{truncate} : all_rights;
}

std::uint64_t rights_of(Access access) {
    switch (access) {
        case Access::read:
            return execute | read_file | read_dir;
        case Access::use:
            return write_file | read_file;
        case Access::change:
            return all_rights & ~std::uint64_t{make_char | make_block};
        case Access::keep_sockets:
            return read_file | write_file | truncate | read_dir | remove_file | make_reg | make_sock;
    }
    return 0;
}

Error landlock_failed(std::string_view what) {
    return Error{Fault::unavailable, fmt::format("Landlock cannot {}: {}", what, strerror(errno))};
}

Result<void> allow(int ruleset, const AllowedPlace& allowed, std::uint64_t handled) {
    const Descriptor place(::open(allowed.place.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return {};
    struct stat facts {};
    if (::fstat(place.number(), &facts) != 0) return landlock_failed("look at " + allowed.place.string());
    std::uint64_t rights = rights_of(allowed.access) & handled;
    if (!S_ISDIR(facts.st_mode)) rights &= of_files;
    const PathRule rule{rights, place.number()};
    if (::syscall(call_add_rule, ruleset, below_path, &rule, 0) == 0) return {};
    return landlock_failed("allow " + allowed.place.string());
}

}  // namespace

int landlock_abi() {
    const long abi = ::syscall(call_create_ruleset, nullptr, 0, tell_version);
    return static_cast<int>(std::max(abi, 0L));
}

Result<void> allow_only(const std::vector<AllowedPlace>& places, int abi) {
    RulesetFacts facts;
    facts.files = rights_of(abi);
    if (abi >= landlock_with_signals) facts.scoped = scope_abstract_sockets | scope_signals;
    const std::size_t size = abi >= landlock_with_signals ? sizeof facts : sizeof facts.files;
    const Descriptor ruleset(static_cast<int>(::syscall(call_create_ruleset, &facts, size, 0)));
    if (!ruleset) return landlock_failed("make rules");
    for (const AllowedPlace& place : places) TRY(allow(ruleset.number(), place, facts.files));
    if (::syscall(call_restrict_self, ruleset.number(), 0) == 0) return {};
    return landlock_failed("put its rules in force");
}

}  // namespace countersign::databases::isolation
