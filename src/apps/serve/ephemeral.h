// What `countersign serve --ephemeral` does otherwise: a data directory that nobody else may enter and that
// goes with the server, however that ends; nothing written durably; ports that no other server takes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "apps/drop_privileges.h"
#include "base/result.h"
#include "cli/serve_options.h"
#include "databases/isolation/warden.h"
#include "databases/port_block.h"

namespace countersign::apps {

class Ephemeral {
public:
    // Makes the directory, below TMPDIR or /tmp (there, too, where root becomes another user, who may make
    // and remove nothing in TMPDIR), and puts it and the ports into the options. This process has one thread,
    // and the signals that end it are blocked.
    static Result<std::unique_ptr<Ephemeral>> begin(cli::ServeOptions& options);
    ~Ephemeral();
    Ephemeral(const Ephemeral&) = delete;
    Ephemeral& operator=(const Ephemeral&) = delete;

    // Forks a process that does what finish() does when this one ends without having done it, kill -9
    // included. It runs as that user, knows no secret and does nothing else. Still one thread; the warden
    // outlives this.
    Result<void> watch(const databases::isolation::Warden& warden, const std::optional<RunUser>& user);

    // Ends what still runs and takes the directory away. What used it has ended.
    Result<void> finish();

private:
    explicit Ephemeral(std::filesystem::path directory) : directory_(std::move(directory)) {}

    const std::filesystem::path directory_;
    std::optional<databases::PortBlock> ports_;
    const databases::isolation::Warden* warden_ = nullptr;
    pid_t watcher_ = 0;
    bool finished_ = false;
};

// Where databases' templates (docs/internals/templates-and-spares.md) are kept between ephemeral servers:
// countersign/templates below XDG_CACHE_HOME or ~/.cache. Of a user that root became, the environment says
// nothing. Empty where there is no such place, or somebody else could write there.
std::filesystem::path kept_templates(bool became_another);

}  // namespace countersign::apps
