// What a server on this machine can be started with: its version, and the values of parameters that need
// files which are there.
#pragma once

#include <optional>
#include <string>

#include "base/files.h"
#include "databases/engines/local/server_home.h"
#include "databases/versions.h"

namespace countersign::databases::local {

// Of a data directory, as initdb left it.
std::optional<unsigned> major_of(const Path& data);

// For new clusters: ordered by how well an index survives an upgrade of the C library.
std::string locale_of_this_machine();

// Without libraries to preload that are not installed, and without a time zone that this machine does not
// know: with either PostgreSQL would not start. Of the libraries RDS offers, these alone are preloaded:
// auto_explain, pg_hint_plan, pg_prewarm, pg_stat_statements, pgaudit.
Parameters without_missing(Parameters parameters, const EngineVersion& version);

}  // namespace countersign::databases::local
