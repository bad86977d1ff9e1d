#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "attach/checklist.h"
#include "attach/diff.h"
#include "attach/hba.h"
#include "attach/host_files.h"
#include "attach/pam_service.h"
#include "attach/preload.h"
#include "attach/registration.h"
#include "attach/state.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/attach/attach.h"
#include "cli/findings.h"
#include "cli/libpq_environment.h"
#include "cli/output.h"
#include "client/data_dir.h"
#include "crypto/digest.h"
#include "databases/users_on_demand.h"

namespace countersign::cli {

namespace {

namespace fs = std::filesystem;

struct DetachArgs {
    std::string name;
    std::string region;
    std::string state_directory = attach::default_state_dir().string();
    bool dry_run = false;
    bool offline = false;
    bool json = false;
};

// A file as it was before attaching, or, where its owner has changed it since, without our lines.
struct Restored {
    std::string before;
    std::string after;
    bool exact = true;
};

class Detachment {
public:
    Detachment(DetachArgs words, attach::AttachState state)
        : words_(std::move(words)), states_(words_.state_directory), state_(std::move(state)) {}

    Result<void> run(const std::string& data_dir) {
        if (!words_.json) list_.follow(print_finding);
        TRY(put_back_rules());
        TRY(put_back_environment());
        TRY(remove_service());
        TRY(put_back_other());
        TRY(forbid_users());
        TRY(say_role());
        if (!words_.offline) TRY(deregister(data_dir));
        if (!words_.dry_run) {
            TRY(states_.forget(state_.resource_id));
            TRY(remove_module());
        }
        if (words_.json)
            print_json(
                formats::json::object{{"DBInstanceIdentifier", state_.name}, {"Checks", list_.json()}});
        return {};
    }

private:
    attach::ServerAddress address() const {
        attach::ServerAddress address;
        address.dsn = state_.dsn;
        if (address.dsn.empty()) address.socket = fmt::format("{}:{}", state_.socket_directory, state_.port);
        return address;
    }

    Result<void> replace(const std::string& file, const Restored& restored) {
        const std::string what = restored.exact ? "byte for byte as it was"
                                                : "its owner changed it since: only our lines are taken out";
        if (words_.dry_run) {
            print_lines(attach::unified_diff(file, restored.before, restored.after));
            return {};
        }
        TRY(attach::replace_host_file(file, restored.after));
        if (restored.exact)
            list_.good(file, what);
        else
            list_.warn(file, what);
        return {};
    }

    Result<void> put_back_rules() {
        if (!state_.hba_by.empty()) return leave_rules();
        Restored rules;
        rules.before = TRY(attach::read_host_file(state_.hba_file));
        rules.exact = crypto::sha256_hex(rules.before) == state_.hba_after;
        rules.after = rules.exact ? TRY(states_.kept(state_.resource_id, "pg_hba.conf"))
                                  : TRY(attach::without_block(rules.before, state_.resource_id));
        if (rules.before == rules.after) return {};
        TRY(replace(state_.hba_file, rules));
        if (words_.dry_run) return {};
        const Result<void> reloaded = reload(address());
        if (reloaded)
            list_.good("PostgreSQL reads its rules again");
        else
            list_.warn("PostgreSQL did not read its rules again", reloaded.error().message,
                       "they count from its next start or reload on");
        return {};
    }

    // Nothing was written there. Lines that still ask for tokens refuse everybody from now on.
    Result<void> leave_rules() {
        const auto text = attach::read_host_file(state_.hba_file);
        const std::string service =
            state_.service_file.empty() ? attach::preload_service : attach::service_name(state_.resource_id);
        if (text && text->find("pamservice=" + service) == std::string::npos) return {};
        list_.warn(
            state_.hba_file, fmt::format("{} writes it, and it stays as it is", state_.hba_by),
            fmt::format("take the lines with +rds_iam out where they were put: they refuse every member"));
        return {};
    }

    Result<void> put_back_environment() {
        if (state_.environment_file.empty()) return {};
        Restored environment;
        environment.before = TRY(attach::read_host_file(state_.environment_file));
        environment.exact = crypto::sha256_hex(environment.before) == state_.environment_after;
        environment.after = environment.exact
                                ? TRY(states_.kept(state_.resource_id, "environment"))
                                : attach::without_preload(environment.before, state_.resource_id);
        TRY(replace(state_.environment_file, environment));
        if (!words_.dry_run)
            list_.warn("preload", "it stays in the server's memory until a restart",
                       "restart the cluster when it suits you");
        return {};
    }

    Result<void> remove_service() {
        if (state_.service_file.empty()) return {};
        if (words_.dry_run) {
            print_line("* remove {}", state_.service_file);
            return {};
        }
        std::error_code error;
        fs::remove(state_.service_file, error);
        if (error)
            return Error{Fault::denied,
                         fmt::format("cannot remove {}: {}", state_.service_file, error.message())};
        list_.good(state_.service_file, "removed");
        return {};
    }

    // Of the whole host: the last server that wanted it gives it back.
    Result<void> put_back_other() {
        if (state_.fast != "other") return {};
        for (const attach::AttachState& one : TRY(states_.all()))
            if (one.fast == "other" && one.resource_id != state_.resource_id) return {};
        const std::string file = (fs::path(attach::pam_directory) / "other").string();
        Restored other;
        other.before = TRY(attach::read_host_file(file));
        other.after = TRY(read_file(states_.pam_other()));
        if (other.before != attach::deny_only_text()) {
            list_.warn(file, "its owner changed it since; it stays",
                       fmt::format("what it was is in {}", states_.pam_other().string()));
            return {};
        }
        TRY(replace(file, other));
        std::error_code ignored;
        if (!words_.dry_run) fs::remove(states_.pam_other(), ignored);
        return {};
    }

    // A copy that was made for attached servers goes with the last of them.
    Result<void> remove_module() {
        const auto own = attach::own_library(fs::path(state_.module).filename());
        if (own && *own == state_.module) return {};
        for (const attach::AttachState& one : TRY(states_.all()))
            if (one.module == state_.module) return {};
        std::error_code ignored;
        if (fs::remove(state_.module, ignored)) list_.good(state_.module, "removed");
        fs::remove(fs::path(state_.module).parent_path(), ignored);  // where it is empty
        return {};
    }

    // Users that were made on demand stay: what they own is theirs.
    Result<void> forbid_users() {
        if (state_.on_demand.empty()) return {};
        if (words_.dry_run) {
            print_line("* drop the schema countersign of the database postgres");
            return {};
        }
        Result<attach::Session> session = attach::open_session(address());
        const Result<std::vector<std::string>> users =
            session ? databases::users_in_service(*session) : session.error();
        const Result<void> done = users ? databases::forbid_users_on_demand(*session) : users.error();
        if (!done)
            list_.warn("users on demand", "the schema countersign stays: " + done.error().message,
                       "no agent reads it any more");
        else if (users->empty())
            list_.good("users on demand", "the list of them is dropped; nobody is on it");
        else
            list_.warn("users on demand", printable(joined(*users, ", ")) + " stay",
                       "drop them when nobody needs them");
        return {};
    }

    // The role is the owner's to drop once it has members, or was there before.
    Result<void> say_role() {
        if (words_.dry_run || !state_.role_made) return {};
        Result<attach::Session> session = attach::open_session(address());
        if (!session) {
            list_.warn("role rds_iam", "the server does not answer; the role stays");
            return {};
        }
        const attach::Rows members =
            TRY(session->query("SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
                               " WHERE r.rolname = 'rds_iam'"));
        if (members[0][0] != "0") {
            list_.warn("role rds_iam", "it has " + counted(members[0][0], "member") + " and stays",
                       "drop it when nobody needs it: DROP ROLE rds_iam");
            return {};
        }
        const Result<void> dropped = session->execute("DROP ROLE IF EXISTS rds_iam");
        if (dropped)
            list_.good("role rds_iam", "dropped; it had no members");
        else
            list_.warn("role rds_iam", "it stays: " + dropped.error().message);
        return {};
    }

    Result<void> deregister(const std::string& data_dir) {
        if (words_.dry_run) {
            print_line("* forget {} in the control plane", state_.name);
            return {};
        }
        client::ApiTarget target = TRY(client::find_target(data_dir, client::process_environment()));
        const Result<void> removed = attach::Registry(std::move(target)).remove(state_.name, state_.region);
        if (!removed)
            return Error{Fault::unavailable,
                         fmt::format("this host is as it was, but the control plane still knows {}: {}",
                                     state_.name, removed.error().message)};
        list_.good("control plane", state_.name + " is forgotten");
        return {};
    }

    const DetachArgs words_;
    const attach::StateDir states_;
    const attach::AttachState state_;
    attach::Checklist list_;
};

Result<void> run_detach(const CommandLine& line, DetachArgs words) {
    words.name = lower(words.name);
    const attach::StateDir states(words.state_directory);
    std::optional<attach::AttachState> state = TRY(states.find(words.name, words.region));
    if (!state)
        return Error{Fault::not_found,
                     fmt::format("{} is not attached on this host (nothing in {}); a record alone is removed "
                                 "with: countersign aws rds delete-db-instance",
                                 words.name, words.state_directory)};
    if (state->dsn.empty()) forget_libpq_environment();
    return Detachment(std::move(words), *std::move(state)).run(line.data_dir);
}

}  // namespace

void add_detach(CLI::App& app, CommandLine& line) {
    const auto words = std::make_shared<DetachArgs>();
    CLI::App& command = *app.add_subcommand("detach", "restores what attach changed, byte for byte");
    add_data_dir(command, line);
    command.add_option("name", words->name, "the attached DB instance")->required();
    command.add_option("--region", words->region, "where two regions have one of that name");
    command.add_option("--state-dir", words->state_directory, attach::state_dir_help);
    command.add_flag("--offline", words->offline, "do not tell the control plane");
    command.add_flag("--dry-run", words->dry_run, "show every change and make none");
    command.add_flag("--json", words->json, "JSON instead of a checklist");
    on_chosen(command, line, [&line, words] { return run_detach(line, *words); });
}

}  // namespace countersign::cli
