// Whether the lines of an audit are whole: numbered without a gap, each carrying the hash of the one before.
// Reads files; changes nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/files.h"

namespace countersign::audit {

// Something about one line of one file.
struct Finding {
    std::filesystem::path file;
    std::uint64_t line = 0;  // in its file, from 1 on
    std::string what;
};

struct Verification {
    std::uint64_t lines = 0;
    std::uint64_t first_seq = 0;
    std::string first_time;
    std::string last_time;
    ChainHead end;                 // of the last line
    std::vector<Finding> broken;   // in order; empty: whole. No more than a hundred
    std::vector<Finding> remarks;  // what the log noted of itself, and what is no fault
};

// `known` are places that the chain must lead through: the head, and what was written down elsewhere. Those
// of lines that are older than the first are not looked at.
Verification verify(std::vector<OpenFile> files, const std::vector<ChainHead>& known);

}  // namespace countersign::audit
