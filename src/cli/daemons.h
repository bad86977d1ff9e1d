// The programs that run until they are told to stop, as the command line begins them; they are wired in
// apps/.
#pragma once

#include "base/result.h"

namespace countersign::cli {

struct ServeOptions;
struct AgentOptions;

struct Daemons {
    Result<void> (*serve)(const ServeOptions& options);
    Result<void> (*agent)(AgentOptions options);
};

}  // namespace countersign::cli
