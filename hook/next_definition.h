// What a function of the preload stands in front of.
#pragma once

#include <dlfcn.h>

namespace countersign::hook {

// The next definition of `name` after the preload's own. A program that opened `library` privately has it
// there. Null where there is none.
template <class Function>
Function* next_definition(const char* name, const char* library) {
    void* found = dlsym(RTLD_NEXT, name);
    if (found == nullptr) {
        void* const opened = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
        if (opened != nullptr) found = dlsym(opened, name);
    }
    return reinterpret_cast<Function*>(found);
}

}  // namespace countersign::hook
