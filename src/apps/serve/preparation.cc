#include "apps/serve/preparation.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "apps/serve/administrator_key.h"
#include "apps/serve/aws_sts.h"
#include "apps/serve/machine_roles.h"
#include "base/files.h"
#include "client/data_dir.h"
#include "client/host_port.h"
#include "databases/disk_encryption.h"
#include "databases/endpoints.h"
#include "model/arn.h"
#include "model/aws_managed_policies.h"
#include "services/rds/members.h"

namespace countersign::apps {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t account_digits = 12;
constexpr const char* listen_option = "--listen";

// At an address that is not loopback.
bool may_listen(const cli::ServeOptions& options, const char* option) {
    if (!options.tls_certificate.empty() || !options.tls_names.empty()) return true;
    return option == listen_option && options.without_tls;
}

Result<void> check_names(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        in6_addr six{};
        const bool known =
            ::inet_pton(AF_INET6, name.c_str(), &six) == 1 ||
            (name.find_first_of("[:_") == std::string::npos && databases::parse_endpoint(name + ":1"));
        if (!known || name == "0.0.0.0" || name == "::")
            return Error{Fault::invalid,
                         fmt::format("--tls-names {}: neither a host name nor an address", name)};
    }
    return {};
}

}  // namespace

Result<FromRoot> read_as_root(const cli::ServeOptions& options) {
    FromRoot read;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    auto preload = read_file(program.parent_path() / "libcountersign_pam.so");
    if (!preload)
        preload = read_file(program.parent_path().parent_path() / "lib/countersign/libcountersign_pam.so");
    if (!preload)
        return Error{Fault::unavailable, "libcountersign_pam.so is not beside " + program.string() +
                                             "; without it no token could log in"};
    read.preload = *std::move(preload);
    if (!options.sealing_key.empty()) read.sealing = TRY(crypto::SealingKey::load(options.sealing_key));
    if (!options.tls_certificate.empty()) {
        std::string chain = TRY(read_file(options.tls_certificate));
        std::string key = TRY(read_file(options.tls_key));
        read.tls = std::make_unique<http::Tls>(http::Tls{std::move(chain), Secret(std::move(key))});
    }
    if (!options.administrator_key.empty())
        read.administrator = TRY(read_administrator_key(options.administrator_key));
    return read;
}

// Each part of it may be a file system of its own.
bool is_all_encrypted(const fs::path& data_dir) {
    std::error_code absent;
    for (const char* part : {"", "databases", "templates", "spares"})
        if (fs::exists(data_dir / part, absent) && !databases::is_on_encrypted_device(data_dir / part))
            return false;
    return true;
}

model::OptionPolicy option_policy(const cli::ServeOptions& options, const fs::path& data_dir) {
    model::OptionPolicy policy;
    policy.everything = client::is_loopback(options.host) && options.endpoint_host == "localhost" &&
                        !options.databases_everywhere && options.agents_host.empty() &&
                        (options.metrics_host.empty() || client::is_loopback(options.metrics_host)) &&
                        std::ranges::all_of(options.database_hosts, client::is_loopback);
    policy.named = options.accepted_options;
    if (is_all_encrypted(data_dir)) policy.true_here.emplace(model::option::storage_encryption);
    return policy;
}

databases::PortRange database_places(const cli::ServeOptions& options) {
    return {options.endpoint_host, options.port_first, options.port_last, options.taken_port,
            options.database_hosts};
}

Result<void> check_options(const cli::ServeOptions& options) {
    for (const auto& [option, host] :
         {std::pair(listen_option, options.host), std::pair("--metrics-listen", options.metrics_host)})
        if (!host.empty() && !client::is_loopback(host) && !may_listen(options, option))
            return Error{Fault::invalid, fmt::format("{} {}: an address that is not loopback needs TLS; give "
                                                     "--tls-certificate and --tls-key, or --tls-names",
                                                     option, host)};
    TRY(check_names(options.tls_names));
    if (options.tls_certificate.empty() != options.tls_key.empty())
        return Error{Fault::invalid, "--tls-certificate and --tls-key go together"};
    if (options.end_with_input && ::fcntl(STDIN_FILENO, F_GETFD) < 0)
        return Error{Fault::invalid, "--end-with-stdin: there is no standard input"};
    TRY(check_machine_roles(options.machine_roles));
    TRY(check_aws_sts(options.aws_sts));
    const bool digits = std::ranges::all_of(options.account_id, [](char c) { return c >= '0' && c <= '9'; });
    if (!options.account_id.empty() && (options.account_id.size() != account_digits || !digits))
        return Error{Fault::invalid,
                     fmt::format("--account-id {}: an account id has 12 digits", options.account_id)};
    for (const std::string& host : options.database_hosts)
        if (host == "0.0.0.0" || !databases::parse_endpoint(host + ":1"))
            return Error{
                Fault::invalid,
                fmt::format("--database-hosts {}: not a name or an IPv4 address of this machine", host)};
    if (options.port_first == 0 || options.port_first > options.port_last)
        return Error{Fault::invalid,
                     "--database-ports FIRST-LAST: the first must not be greater than the last"};
    return {};
}

Result<void> settle_process(const cli::ServeOptions& options) {
    model::stand_in(options.region);
    if (options.managed_policies.empty()) return {};
    return model::use_managed_policies(options.managed_policies);
}

rds::Deps with_options(const cli::ServeOptions& options, const client::DataDir& dir, rds::Deps deps) {
    deps.option_policy = option_policy(options, dir.root);
    deps.error_logs = dir.database_logs();
    for (const std::string& text : options.rds_quotas)
        if (auto quota = model::parse_quota(text)) deps.quotas.insert_or_assign(quota->first, quota->second);
    return deps;
}

void separate_instances(const rds::Deps& deps, const Log& log) {
    if (const Result<void> done = rds::separate_members(deps); !done)
        log.warn("database.instances_shared", {{"error", done.error().message}});
}

}  // namespace countersign::apps
