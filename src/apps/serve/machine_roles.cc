#include "apps/serve/machine_roles.h"

#include <fmt/format.h>

#include "base/files.h"
#include "crypto/digest.h"
#include "formats/encoding.h"
#include "formats/json.h"
#include "model/arn.h"
#include "services/metadata/loopback.h"
#include "services/metadata/pages.h"

namespace countersign::apps {

namespace {

constexpr unsigned metadata_workers = 2;
constexpr std::size_t token_bytes = 32;
constexpr const char* ecs = "ecs-tasks.amazonaws.com";

// Small: whoever asks is a program of this machine, for a page of a few KiB.
http::ServerLimits small_limits() {
    http::ServerLimits limits;
    limits.header_bytes = 16UL * 1024;
    limits.body_bytes = 1024;
    limits.connections = 256;
    limits.connections_of_one = 128;
    limits.requests_waiting = 64;
    return limits;
}

// The same at every start, and another for every data directory.
std::string machine_id(const MachineRoles::Deps& deps, std::string_view kind, std::size_t digits) {
    return crypto::sha256_hex(fmt::format("{}/{}/{}", kind, deps.account, deps.dir.root.string()))
        .substr(0, digits);
}

// Kept from start to start, so that a program that read it goes on.
Result<Secret> container_token(const client::DataDir& dir, crypto::Random& random) {
    std::error_code ignored;
    if (std::filesystem::exists(dir.metadata_token(), ignored)) {
        const std::string kept = TRY(read_file(dir.metadata_token()));
        if (kept.size() == 2 * token_bytes) return Secret(kept);
    }
    const std::string fresh = formats::hex(random.bytes(token_bytes));
    TRY(replace_file(dir.metadata_token(), fresh));
    return Secret(fresh);
}

Result<metadata::RoleCredentials> current(sts::MachineSessions& sessions, Instant now) {
    const sts::MachineSession session = TRY(sessions.current(now));
    return metadata::RoleCredentials{session.role_arn,      session.access_key_id, session.secret_access_key,
                                     session.session_token, session.issued,        session.expires};
}

}  // namespace

Result<void> check_machine_roles(const cli::MachineRolesOptions& options) {
    if (options.role.empty() || metadata::is_loopback(options.host)) return {};
    return Error{Fault::invalid,
                 fmt::format("--metadata-listen {}: whoever reaches it gets the role's credentials, so it "
                             "listens on a loopback address only, such as 127.0.0.1:7071",
                             options.host)};
}

MachineRoles::MachineRoles(const Deps& deps, const cli::MachineRolesOptions& options)
    : deps_(deps),
      options_(options),
      instance_id_("i-" + machine_id(deps, "instance", 17)),
      instance_(sessions_for(fmt::format("ec2.{}", model::dns_suffix()), instance_id_,
                             {{"ec2:roledelivery", {"2.0"}},
                              {"ec2:sourceinstancearn",
                               {model::Arn{std::string(model::partition()), "ec2", deps.region, deps.account,
                                           "instance/" + instance_id_}
                                    .text()}}})),
      container_(sessions_for(ecs, machine_id(deps, "task", 32), {})) {}

sts::MachineSessions MachineRoles::sessions_for(const std::string& service, const std::string& session_name,
                                                policy::Context context) {
    return {deps_.sts,
            {service, deps_.account, options_.role, session_name, std::move(context)},
            [this, service](const sts::MachineSession& session) { record(service, session); }};
}

// CloudTrail shows the service as who assumed the role, as AWS's own does.
void MachineRoles::record(const std::string& service, const sts::MachineSession& session) const {
    gateway::ApiCall call;
    call.request_id = crypto::random_uuid(deps_.sts.random);
    call.time = session.issued;
    call.service = "sts";
    call.action = "AssumeRole";
    call.region = deps_.region;
    call.source = service;
    call.user_agent = service;
    const std::string name = service != ecs ? instance_id_ : machine_id(deps_, "task", 32);
    call.input = formats::json::serialize(
        formats::json::object{{"roleArn", session.role_arn}, {"roleSessionName", name}});
    deps_.events.on_call(call);
    deps_.log.info(
        "metadata.session_begun",
        {{"role", session.role_arn}, {"service", service}, {"access_key_id", session.access_key_id}});
}

Result<std::unique_ptr<MachineRoles>> MachineRoles::listen(const Deps& deps,
                                                           const cli::MachineRolesOptions& options) {
    TRY(check_machine_roles(options));
    std::unique_ptr<MachineRoles> made(new MachineRoles(deps, options));
    MachineRoles& roles = *made;
    metadata::Machine machine;
    machine.account = deps.account;
    machine.region = deps.region;
    machine.instance_id = roles.instance_id_;
    machine.role_name = options.role.substr(options.role.rfind('/') + 1);
    machine.container_token = TRY(container_token(deps.dir, deps.sts.random));
    machine.as_instance = [&roles](Instant now) { return current(roles.instance_, now); };
    machine.as_container = [&roles](Instant now) { return current(roles.container_, now); };
    const auto pages = std::make_shared<metadata::Pages>(std::move(machine), deps.sts.random);
    http::ServerOptions server{options.host, options.port, metadata_workers, {}, {}, small_limits()};
    auto listening = http::Server::listen(
        std::move(server),
        [pages, &roles](const http::Request& request) {
            return pages->answer(request, roles.deps_.clock.now());
        },
        deps.log);
    if (!listening)
        return Error{Fault::unavailable,
                     listening.error().message + "; choose another with --metadata-listen"};
    roles.http_ = *std::move(listening);
    return made;
}

std::string MachineRoles::url() const {
    const bool v6 = options_.host.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(v6 ? "http://[{}]:{}" : "http://{}:{}"), options_.host, http_->port());
}

}  // namespace countersign::apps
