#include "apps/serve/places.h"

#include "databases/directories.h"
#include "databases/engines/attached/attached.h"

namespace countersign::apps {

Result<std::unique_ptr<agent::Places>> begin_places(store::Store& store, const client::DataDir& dir,
                                                    const std::vector<std::string>& socket_dirs,
                                                    agent::HbaWatch& hba_watch, const Log& log) {
    const std::filesystem::path root = std::filesystem::absolute(dir.root);
    TRY(databases::renew_pooler_sockets(store, root));
    const agent::PlaceSettings settings{databases::run_directory(root), socket_dirs, root};
    const auto known = TRY(databases::attached_views(store, ""));
    agent::TakenOver taken = TRY(agent::take_over(dir.places(), settings, known));
    auto places = std::make_unique<agent::Places>(settings, std::move(taken), hba_watch, log);
    places->tidy();
    return places;
}

}  // namespace countersign::apps
