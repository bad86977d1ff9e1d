// What serve makes sure of, and reads, before it runs.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "cli/serve_options.h"
#include "client/data_dir.h"
#include "crypto/seal.h"
#include "databases/ports.h"
#include "http/server.h"
#include "model/options_without_effect.h"
#include "services/rds/service.h"
#include "sigv4/signing.h"

namespace countersign::apps {

// A server that listens on loopback alone takes every option without effect; databases lie below that
// directory.
model::OptionPolicy option_policy(const cli::ServeOptions& options, const std::filesystem::path& data_dir);

databases::PortRange database_places(const cli::ServeOptions& options);

// Whether the options go together.
Result<void> check_options(const cli::ServeOptions& options);

// What counts for the whole process: the partition, and AWS's managed policies. Before any thread is started.
Result<void> settle_process(const cli::ServeOptions& options);

// What is read before root is given up: files that the unprivileged user may not see.
struct FromRoot {
    std::string preload;  // the bytes of libcountersign_pam.so
    std::optional<crypto::SealingKey> sealing;
    std::unique_ptr<http::Tls> tls;
    sigv4::Credentials administrator;  // without a key: a random one, at the first start
};
Result<FromRoot> read_as_root(const cli::ServeOptions& options);

// With what the options say to the service.
rds::Deps with_options(const cli::ServeOptions& options, const client::DataDir& dir, rds::Deps deps);

// Of clusters of a version before; where that fails it is tried again at the next start.
void separate_instances(const rds::Deps& deps, const Log& log);

}  // namespace countersign::apps
