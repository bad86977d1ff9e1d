// What the files of this folder share when they call OpenSSL: owned objects, bytes as OpenSSL types them, and
// base64 by its encoder. Private to src/crypto.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::crypto {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};

// An object of OpenSSL's that is released by the given function.
template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

inline const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// For calls that fail only when memory is out or OpenSSL is broken: nothing safe can be done without them.
inline void must(bool succeeded) {
    if (!succeeded) std::abort();
}

std::string to_base64(std::string_view bytes);
std::optional<std::string> bytes_of_base64(std::string_view text);  // strict; nothing when it is malformed

}  // namespace countersign::crypto
