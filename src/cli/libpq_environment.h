// What a person's shell says to PostgreSQL's clients (PGSERVICE, PGOPTIONS, …) must not steer the sessions
// that this program opens by itself.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::cli {

// Before there are threads.
inline void forget_libpq_environment() {
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (const std::string_view text = *entry; text.starts_with("PG"))
            names.emplace_back(text.substr(0, text.find('=')));
    for (const std::string& name : names) ::unsetenv(name.c_str());
}

}  // namespace countersign::cli
