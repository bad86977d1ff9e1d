#include "store/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "store/records.h"

namespace countersign::store {

namespace {

Result<void> check_key(std::string_view key) {
    if (key.empty()) return Error{Fault::invalid, "a key of the store is empty"};
    if (key.size() > key_bytes_max)
        return Error{Fault::invalid,
                     fmt::format("a key of the store is longer than {} bytes", key_bytes_max)};
    return {};
}

Result<void> check_writes(const std::vector<Write>& writes) {
    std::vector<std::string_view> keys;
    for (const Write& write : writes) {
        TRY(check_key(write.key));
        if (write.value && write.value->size() > value_bytes_max)
            return Error{Fault::invalid, fmt::format("a value is longer than {} bytes", value_bytes_max)};
        keys.push_back(write.key);
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
        return Error{Fault::invalid, "a transaction writes a key twice"};
    return {};
}

}  // namespace

KeyRange range_of(std::string_view prefix, std::string_view after) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff') end.pop_back();
    if (end.empty())
        end.assign(key_bytes_max + 1, '\xff');
    else
        end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);

    std::string first(prefix);
    if (after >= prefix) first = std::string(after) + '\0';
    return KeyRange{std::move(first), std::move(end)};
}

Result<void> check(const Transaction& transaction) {
    if (transaction.writes.size() > operations_max || transaction.guards.size() > operations_max)
        return Error{Fault::invalid,
                     fmt::format("a transaction has more than {} operations", operations_max)};
    if (transaction.id.size() > key_bytes_max)
        return Error{Fault::invalid,
                     fmt::format("a transaction's id is longer than {} bytes", key_bytes_max)};
    for (const Guard& guard : transaction.guards) TRY(check_key(guard.key));
    return check_writes(transaction.writes);
}

std::size_t page_size(const ListOptions& options) {
    return std::clamp<std::size_t>(options.entries_max, 1, page_entries_max);
}

Result<void> check_readable(Revision at, Revision compacted, Revision newest) {
    if (at > newest)
        return Error{Fault::invalid,
                     fmt::format("revision {} is in the future; the newest is {}", at, newest)};
    if (at < compacted)
        return Error{Fault::compacted, fmt::format("revision {} is no longer kept; list again", at)};
    return {};
}

Result<void> check_compactable(Revision before, Revision newest) {
    if (before <= newest) return {};
    return Error{Fault::invalid,
                 fmt::format("revision {} is in the future; the newest is {}", before, newest)};
}

Error race_lost() {
    return Error{Fault::conflict, "another write changed what this one was based on", std::string(lost_race)};
}

Error commit_id_used() {
    return Error{Fault::exists, "a transaction with this id was committed before"};
}

}  // namespace countersign::store
