// The file of the sealing keys: raw bytes, for its owner alone, made and replaced whole or not at all.
// Private to src/crypto. Safe to call from any thread.
#pragma once

#include <filesystem>
#include <functional>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/random.h"

namespace countersign::crypto {

inline constexpr std::size_t sealing_key_bytes = 32;

// All keys of the file. Fault::not_found when it is absent, Fault::denied when others can use it.
Result<Secret> read_key_file(const std::filesystem::path& file);

// Makes a file with one new key. One that another process made meanwhile stays: it is in use already.
Result<void> create_key_file(const std::filesystem::path& file, Random& random);

// Puts in the place of the file what `change` makes of its keys, with the same owner. One process at a time.
Result<Secret> change_key_file(const std::filesystem::path& file,
                               const std::function<Result<Secret>(const Secret& keys)>& change);

}  // namespace countersign::crypto
