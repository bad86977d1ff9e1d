#include "databases/engines/local/clearing.h"

#include "crypto/random.h"
#include "databases/engines/local/keeper.h"
#include "databases/engines/local/postmaster.h"
#include "databases/engines/local/server_home.h"

namespace countersign::databases::local {

Result<void> clear_out(const Path& dir, const isolation::Warden* warden) {
    crypto::SystemRandom random;
    Keeper keeper(warden, dir, random);
    Result<void> cleared;
    const auto note = [&cleared](Result<void> done) {
        if (cleared && !done) cleared = std::move(done);
    };
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(dir / "databases", absent)) {
        Postmaster::end_left(keeper, home_of(dir, entry.path().filename()));
        note(keeper.remove_tree(entry.path()));
    }
    for (const auto& entry : std::filesystem::directory_iterator(dir / "spares", absent))
        note(keeper.remove_tree(entry.path()));
    note(remove_tree(dir));
    return cleared;
}

}  // namespace countersign::databases::local
