#include "store/store.h"

#include <iterator>

namespace countersign::store {

Result<Page> list_all(Store& store, std::string_view prefix) {
    Page all;
    ListOptions options;
    do {
        Page page = TRY(store.list(prefix, options));
        options.at = page.revision;
        if (!page.entries.empty()) options.after = page.entries.back().key;
        all.revision = page.revision;
        all.more = page.more;
        all.entries.insert(all.entries.end(), std::make_move_iterator(page.entries.begin()),
                           std::make_move_iterator(page.entries.end()));
    } while (all.more);
    return all;
}

}  // namespace countersign::store
