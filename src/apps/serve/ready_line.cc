#include "apps/serve/ready_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include "client/host_port.h"

namespace countersign::apps {

formats::json::object ready_line(const ReadyFacts& facts) {
    const cli::ServeOptions& options = facts.options;
    formats::json::object ready;
    // By a name that its certificate has.
    const bool everywhere = options.host == "0.0.0.0" || options.host == "::";
    const bool near = everywhere && (options.without_tls || !options.tls_names.empty());
    ready["listening"] = fmt::format("{}://{}:{}", facts.tls ? "https" : "http",
                                     near ? "localhost" : options.host, facts.port);
    if (!options.tls_names.empty()) ready["ca_bundle"] = facts.dir.bundle().string();
    if (facts.agents_port) ready["agents"] = fmt::format("{}:{}", options.agents_host, *facts.agents_port);
    if (facts.metadata_url) ready["metadata"] = *facts.metadata_url;
    if (facts.metrics_port)
        ready["metrics"] =
            fmt::format("{}://{}:{}", client::is_loopback(options.metrics_host) ? "http" : "https",
                        options.metrics_host, *facts.metrics_port);
    ready["region"] = options.region;
    ready["account"] = facts.account;
    ready["data_dir"] = facts.dir.root.string();
    ready["pid"] = ::getpid();
    ready["version"] = COUNTERSIGN_VERSION;
    return ready;
}

}  // namespace countersign::apps
