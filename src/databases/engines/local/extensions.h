// What members of rds_superuser may create in the servers of one version: copies of the control files and
// scripts of allowed_extensions(), which the preload (hook/extensions.cc) has PostgreSQL read instead of the
// installed ones. Used by one thread at a time.
//
//     DIR/MAJOR/NAME.control         the installed one, with `trusted` and `directory` at its end
//     DIR/MAJOR/NAME--VERSION.sql    the installed one, with the additions at its end
//
// An extension of which any script may execute what a user made, or that lacks what it is changed by, is left
// out, and so is everything where the installed files are not found.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "databases/versions.h"

namespace countersign::databases::local {

// Where the preload lies, extensions do; empty where there is none.
Path extensions_directory(const Path& preload, const EngineVersion& version);

// Of the installed PostgreSQL, SHAREDIR/extension; empty when it is not found.
Path installed_extensions(const EngineVersion& version);

// Makes the copies what they are to be; what runs already reads the new ones.
Result<void> prepare_extensions(const Path& directory, const EngineVersion& version);

// The names of what can be created in a server with this preload: of those copies, and of what PostgreSQL
// itself trusts. In order; none without a preload.
std::vector<std::string> extension_names(const Path& preload, const EngineVersion& version);

}  // namespace countersign::databases::local
