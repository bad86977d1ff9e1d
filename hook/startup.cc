#include "startup.h"

#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

namespace countersign::hook {
namespace {

constexpr size_t page_bytes = 4096;

struct Version {
    int major;
    PortLayout layout;
};

// Versions 17 and 18 differ by canAcceptConnections, which went, and local_host, which came.
constexpr Version versions[] = {
    {14, {328, 336, 360}}, {15, {328, 336, 360}}, {16, {328, 336, 360}},
    {17, {320, 328, 352}}, {18, {384, 392, 416}},
};

// False when not all of it can be read; an address that is none is not a fault here. Addresses are numbers:
// arithmetic on a pointer into nowhere is undefined.
bool copy(uintptr_t from, void* to, size_t size) {
    const iovec local = {to, size};
    const iovec remote = {reinterpret_cast<void*>(from), size};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

// How many bytes the text at `from` has, cut at the capacity; none when it cannot be read. Whole pages at the
// most: a text may end where the memory does.
size_t copy_text(uintptr_t from, char* to, size_t capacity) {
    size_t size = 0;
    while (size < capacity) {
        const size_t left_in_page = page_bytes - (from + size) % page_bytes;
        const size_t part = left_in_page < capacity - size ? left_in_page : capacity - size;
        if (!copy(from + size, to + size, part)) return 0;
        const void* const end = memchr(to + size, '\0', part);
        if (end != nullptr) return static_cast<size_t>(static_cast<const char*>(end) - to);
        size += part;
    }
    return size;
}

size_t copy_member(const void* port, size_t offset, char* to, size_t capacity) {
    uintptr_t text = 0;
    if (!copy(reinterpret_cast<uintptr_t>(port) + offset, &text, sizeof text) || text == 0) return 0;
    return copy_text(text, to, capacity);
}

}  // namespace

const PortLayout* port_layout(int server_version_num) {
    if (sizeof(void*) != 8) return nullptr;
    for (const Version& version : versions) {
        if (version.major == server_version_num / 10'000) return &version.layout;
    }
    return nullptr;
}

void read_startup_words(const void* port, const PortLayout& layout, const char* user, StartupWords* words) {
    char found[wire::user_bytes_max + 1];
    const size_t found_bytes = copy_member(port, layout.user_name, found, sizeof found);
    if (found_bytes == 0 || found_bytes != strlen(user) || memcmp(found, user, found_bytes) != 0) return;
    words->database_bytes = copy_member(port, layout.database_name, words->database, sizeof words->database);
    words->application_bytes =
        copy_member(port, layout.application_name, words->application, sizeof words->application);
}

}  // namespace countersign::hook
