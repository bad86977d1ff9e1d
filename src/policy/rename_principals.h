// The principals of a document under other names, and all else of its text as it is written: how a user or
// role that a policy names becomes its unique id, and that its ARN again.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::policy {

// What a principal of type AWS is to be called.
using NewName = std::function<Result<std::string>(const std::string& principal)>;

// A text that is no policy document comes back as it is; an error of `new_name` is handed on.
Result<std::string> rename_principals(std::string_view text, const NewName& new_name);

}  // namespace countersign::policy
