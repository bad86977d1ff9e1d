#include "apps/serve/own_region.h"

#include "base/files.h"
#include "base/text.h"
#include "model/region.h"

namespace countersign::apps {

namespace {

constexpr std::size_t file_bytes_max = 256;
// That of data directories in which no region is kept.
constexpr std::string_view region_of_old = "us-east-1";

Result<std::string> checked(const std::string& region, const std::string& where) {
    if (model::is_region(region)) return region;
    return Error{Fault::invalid, where + ": a region is called like " + std::string(model::default_region)};
}

}  // namespace

Result<std::string> choose_region(const std::string& asked, const client::DataDir& dir) {
    if (!asked.empty()) return checked(asked, "--region");
    const auto kept = read_file(dir.region(), file_bytes_max);
    if (kept) return checked(std::string(trimmed(*kept)), dir.region().string());
    if (kept.error().fault != Fault::not_found) return kept.error();
    return std::string(file_exists(dir.state()) ? region_of_old : model::default_region);
}

Result<std::string> region_of(const cli::ServeOptions& options) {
    if (options.ephemeral)
        return checked(options.region.empty() ? std::string(model::default_region) : options.region,
                       "--region");
    const client::DataDir dir = TRY(client::locate_data_dir(options.data_dir));
    return choose_region(options.region, dir);
}

Result<void> remember_region(const std::string& region, const client::DataDir& dir) {
    const auto kept = read_file(dir.region(), file_bytes_max);
    if (kept && trimmed(*kept) == region) return {};
    return replace_file(dir.region(), region + '\n', Durability::synced);
}

}  // namespace countersign::apps
