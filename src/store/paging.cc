#include "store/paging.h"

#include "formats/encoding.h"

namespace countersign::store {

Result<void> walk(Store& store, std::string_view prefix, ListOptions options,
                  const std::function<Result<bool>(const Entry& entry)>& take) {
    for (;;) {
        const Page read = TRY(store.list(prefix, options));
        for (const Entry& entry : read.entries)
            if (!TRY(take(entry))) return {};
        if (!read.more) return {};
        options.at = read.revision;
        options.after = read.entries.back().key;
    }
}

std::string marker_of(std::string_view key) {
    return formats::base64(key);
}

std::optional<std::string> key_of(std::string_view marker, std::string_view prefix) {
    const Result<std::string> key = formats::from_base64(marker);
    if (!key || key->size() > key_bytes_max || !key->starts_with(prefix)) return std::nullopt;
    return *key;
}

}  // namespace countersign::store
