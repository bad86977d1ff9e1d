#include "store/paging.h"

#include "formats/encoding.h"

namespace countersign::store {

std::string marker_of(std::string_view key) {
    return formats::base64(key);
}

std::optional<std::string> key_of(std::string_view marker, std::string_view prefix) {
    const Result<std::string> key = formats::from_base64(marker);
    if (!key || key->size() > key_bytes_max || !key->starts_with(prefix)) return std::nullopt;
    return *key;
}

}  // namespace countersign::store
