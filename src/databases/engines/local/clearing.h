// The end of a data directory that nobody will come back to.
#pragma once

#include "base/files.h"
#include "base/result.h"
#include "databases/isolation/warden.h"

namespace countersign::databases::local {

// Ends every server of the directory, without a shutdown checkpoint, and removes the directory with all that
// is in it, whichever user it belongs to. Nobody else may work in it any more. The first thing that does not
// go is the error; everything else goes all the same.
Result<void> clear_out(const Path& dir, const isolation::Warden* warden);

}  // namespace countersign::databases::local
