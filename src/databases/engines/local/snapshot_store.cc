#include "databases/engines/local/snapshot_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"

namespace countersign::databases::local {

namespace {

Error store_failed(std::string_view what, const Path& file, const std::error_code& failure) {
    return Error{Fault::unavailable, fmt::format("cannot {} {}: {}", what, file.string(), failure.message())};
}

}  // namespace

Result<std::uint64_t> SnapshotStore::keep(const std::string& resource_id) const {
    std::error_code failure;
    if (file_exists(making(resource_id))) {
        const Descriptor written(::open(making(resource_id).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!written || (!forgoes_durability() && ::fsync(written.number()) != 0))
            return store_failed("write", making(resource_id),
                                std::error_code(errno, std::generic_category()));
        TRY(rename_durably(making(resource_id), file(resource_id)));
    }
    const std::uint64_t size = std::filesystem::file_size(file(resource_id), failure);
    if (failure) return store_failed("find", file(resource_id), failure);
    drop(resource_id);
    return size;
}

void SnapshotStore::drop(const std::string& resource_id) const {
    std::error_code absent;
    for (const Path& part : {making(resource_id), said(resource_id), way(resource_id)})
        std::filesystem::remove_all(part, absent);
}

Result<void> SnapshotStore::remove(const std::string& resource_id) const {
    std::error_code failure;
    std::filesystem::remove(file(resource_id), failure);
    if (failure) return store_failed("remove", file(resource_id), failure);
    return {};
}

Result<void> SnapshotStore::copy(const std::string& resource_id, const std::string& copy) const {
    std::error_code failure;
    std::filesystem::create_hard_link(file(resource_id), making(copy), failure);
    if (failure) return store_failed("copy", file(resource_id), failure);
    return rename_durably(making(copy), file(copy));
}

std::set<Path> SnapshotStore::clean(const std::set<std::string>& known) const {
    std::set<Path> nobodys;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, absent)) {
        const Path& file = entry.path();
        if (file.extension() != ".zst")
            std::filesystem::remove_all(file, absent);
        else if (!known.contains(file.stem().stem().string()))
            nobodys.insert(file);
    }
    return nobodys;
}

}  // namespace countersign::databases::local
