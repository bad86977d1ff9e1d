// A text as a picture that a telephone's camera reads. libqrencode and libpng are loaded at the first call.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::iam {

// A PNG file, black on white, with the quiet zone that readers need.
Result<std::string> qr_code_png(std::string_view text);

}  // namespace countersign::iam
