#include "cli/sealing_key.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/output.h"
#include "client/data_dir.h"
#include "crypto/seal.h"
#include "formats/record.h"
#include "model/bootstrap.h"
#include "model/keys.h"
#include "store/sqlite.h"

namespace countersign::cli {

namespace {

namespace json = formats::json;

struct SealingKeyArgs {
    std::string file;  // empty: sealing.key in the data directory
    bool json = false;
};

// The files that the command is about.
struct SealingFiles {
    std::filesystem::path keys;
    std::filesystem::path store;
};

Result<SealingFiles> files_meant(const CommandLine& line, const SealingKeyArgs& words) {
    const client::DataDir dir = TRY(client::locate_data_dir(line.data_dir));
    return SealingFiles{words.file.empty() ? dir.sealing_key() : std::filesystem::path(words.file),
                        dir.state()};
}

// Which key everything in the store is sealed with; empty while there is more than one, or none that is
// known.
Result<std::string> key_of_store(const SealingFiles& files) {
    const auto entry = TRY(store::read_sqlite(files.store, model::keys::sealed_with));
    if (!entry) return std::string();
    const auto sealed = TRY(formats::from_record<model::SealedWith>(entry->value));
    return sealed.complete ? sealed.key : std::string();
}

Result<void> list_sealing_keys(const CommandLine& line, const SealingKeyArgs& words) {
    const SealingFiles files = TRY(files_meant(line, words));
    const std::vector<std::string> ids = TRY(crypto::SealingKey::load(files.keys)).ids();
    const std::string of_store = TRY(key_of_store(files));
    if (words.json) {
        json::array keys(ids.begin(), ids.end());
        print_json(json::object{{"Keys", std::move(keys)}, {"StoreSealedWith", of_store}});
        return {};
    }
    print_line("{:<10}{}", "KEY", "STATE");
    for (const std::string& id : ids) {
        const bool newest = id == ids.back();
        const std::string_view use = newest ? "seals" : "opens what it sealed";
        print_line("{:<10}{}{}", id, use,
                   id == of_store ? "; everything in the store is sealed with it" : "");
    }
    return {};
}

Result<void> turn_sealing_key(const CommandLine& line, const SealingKeyArgs& words) {
    const SealingFiles files = TRY(files_meant(line, words));
    crypto::SystemRandom random;
    const auto keys = TRY(crypto::SealingKey::add_key(files.keys, random));
    print_line(
        "added the key {} to {}; next:\n"
        "  keep a copy of that file where the one before is kept\n"
        "  restart the server: at its start it seals everything with the new key\n"
        "  countersign sealing-key drop",
        keys.ids().back(), files.keys.string());
    return {};
}

Result<void> drop_older_sealing_keys(const CommandLine& line, const SealingKeyArgs& words) {
    const SealingFiles files = TRY(files_meant(line, words));
    const std::vector<std::string> ids = TRY(crypto::SealingKey::load(files.keys)).ids();
    const std::string& newest = ids.back();
    if (ids.size() == 1) {
        print_line("{} has one key, {}: there is none to drop", files.keys.string(), newest);
        return {};
    }
    if (TRY(key_of_store(files)) != newest)
        return Error{Fault::conflict,
                     fmt::format("the store is not sealed with the newest key, {}, yet: restart the server "
                                 "first, which seals everything with it at its start",
                                 newest)};
    TRY(crypto::SealingKey::drop_older_keys(files.keys, newest));
    for (std::size_t i = 0; i + 1 < ids.size(); ++i)
        print_line("dropped the key {}: the server forgets it at its next start", ids[i]);
    return {};
}

}  // namespace

void add_sealing_key(CLI::App& app, CommandLine& line) {
    CLI::App& command = *app.add_subcommand("sealing-key", "turns the key that seals secrets at rest");
    command.require_subcommand(1);
    const auto words = std::make_shared<SealingKeyArgs>();
    const auto add = [&](const char* name, const char* what,
                         Result<void> (*act)(const CommandLine&, const SealingKeyArgs&)) -> CLI::App& {
        CLI::App& one = *command.add_subcommand(name, what);
        add_data_dir(one, line);
        one.add_option("--sealing-key", words->file,
                       "the file that serve is given; default: sealing.key in the data directory");
        on_chosen(one, line, [&line, words, act] { return act(line, *words); });
        return one;
    };
    add("list", "all keys of the file, the oldest first", list_sealing_keys)
        .add_flag("--json", words->json, "JSON instead of a table");
    add("turn", "adds a new key, which seals from the server's next start on", turn_sealing_key);
    add("drop", "takes all keys but the newest out of the file", drop_older_sealing_keys);
}

}  // namespace countersign::cli
