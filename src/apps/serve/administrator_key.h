// The administrator's key, where somebody chose it, as tests and containers do.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "sigv4/signing.h"

namespace countersign::apps {

// That of [default] in a file of AWS credentials. Fault::invalid when it is not of the shape of AWS's, or
// when it is one that everybody knows or could guess.
Result<sigv4::Credentials> read_administrator_key(const std::filesystem::path& file);
Result<sigv4::Credentials> parse_administrator_key(std::string_view text);

}  // namespace countersign::apps
