// Secret: bytes that must not be seen. It has no formatter and no stream operator, so it cannot be logged,
// compares only through crypto/digest.h, and wipes its memory when it goes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace countersign {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
    explicit Secret(std::string_view bytes) : bytes_(bytes) {}
    explicit Secret(const char* text) : bytes_(text) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept { bytes_.swap(other.bytes_); }
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe();
            bytes_ = other.bytes_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        bytes_.swap(other.bytes_);  // what was here is wiped when `other` ends
        return *this;
    }
    ~Secret() { wipe(); }

    bool empty() const { return bytes_.empty(); }
    // The bytes themselves, for the one call that needs them.
    std::string_view reveal() const { return bytes_; }

private:
    void wipe();

    std::string bytes_;
};

// Wipes memory when the scope ends, whether it returns or throws. The memory must outlive it and not move.
class WipedAtEnd {
public:
    WipedAtEnd(void* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
    ~WipedAtEnd();
    WipedAtEnd(const WipedAtEnd&) = delete;
    WipedAtEnd& operator=(const WipedAtEnd&) = delete;

private:
    void* const bytes_;
    const std::size_t size_;
};

}  // namespace countersign
