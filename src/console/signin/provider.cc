#include "console/signin/provider.h"

#include <fmt/format.h>

#include "formats/uri.h"
#include "identity_center/instances.h"
#include "model/identity_center_keys.h"

namespace countersign::console {

namespace ic = identity_center;
namespace keys = model::keys;

Error not_offered() {
    return Error{Fault::not_found, "This way to sign in is not offered any more."};
}

Result<Way> find_way(store::Store& store, const std::string& identity_store, const std::string& name) {
    const auto instance = TRY(ic::find_by_identity_store(store, identity_store));
    if (!instance) return not_offered();
    auto method =
        TRY(store::load<model::SigninMethod>(store, keys::item(keys::signin_methods(identity_store), name)));
    if (!method) return not_offered();
    return Way{*std::move(method), instance->record.account, identity_store + '/' + name};
}

std::string form_of(std::initializer_list<std::pair<const char*, std::string>> fields) {
    std::string form;
    for (const auto& [name, value] : fields)
        form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, formats::percent_encode(value));
    return form;
}

std::string with_query(const std::string& url, const std::string& query) {
    return url + (url.find('?') == std::string::npos ? '?' : '&') + query;
}

}  // namespace countersign::console
