// Libraries that are loaded at the first call of one of their functions. libpq and libcurl bring forty others
// along, which would cost every `countersign token` more time than its work; a source file that uses
// ON_DEMAND stands in for such a library when linking, and only `serve` and `psql` ever load it.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace countersign {

// The function of that name in the library. Ends the process when there is none: a package is not installed
// whole.
inline void* on_demand(const char* library, const char* function) {
    void* const opened = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void* const found = opened != nullptr ? ::dlsym(opened, function) : nullptr;
    if (found != nullptr) return found;
    std::fprintf(stderr, "countersign: %s: %s\n", library, ::dlerror());
    std::abort();
}

}  // namespace countersign

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration's parts take none.
// Defines the C function `name`, declared by the library's own header, as a call of the real one.
#define ON_DEMAND(library, result, name, parameters, arguments)                        \
    extern "C" result name parameters {                                                \
        static const auto function =                                                   \
            reinterpret_cast<decltype(&name)>(countersign::on_demand(library, #name)); \
        return function arguments;                                                     \
    }
// NOLINTEND(bugprone-macro-parentheses)
