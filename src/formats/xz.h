// The xz container (tukaani.org, "The .xz File Format"): streams that are read one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::formats {

struct XzStream {
    std::string text;       // what was compressed
    std::size_t bytes = 0;  // of the stream itself
};

// The stream that the bytes begin with; what follows it is not looked at. Fault::invalid if it is damaged,
// cut short or larger than bytes_max when it is unpacked.
Result<XzStream> read_xz_stream(std::string_view bytes, std::size_t bytes_max);

}  // namespace countersign::formats
