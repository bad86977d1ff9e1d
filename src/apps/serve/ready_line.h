// What a server says when it is ready: one line of JSON, printed and kept in its data directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/serve_options.h"
#include "client/data_dir.h"
#include "formats/json.h"

namespace countersign::apps {

struct ReadyFacts {
    const cli::ServeOptions& options;
    const client::DataDir& dir;
    std::string account;
    bool tls = false;
    std::uint16_t port = 0;                         // of the API
    std::optional<std::uint16_t> agents_port = {};  // none: no agents of other hosts are served
    std::optional<std::string> metadata_url = {};   // none: this machine gets no role
    std::optional<std::uint16_t> metrics_port = {};
};
formats::json::object ready_line(const ReadyFacts& facts);

}  // namespace countersign::apps
