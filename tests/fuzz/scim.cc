// Filters, paths and PATCHes of SCIM. Whatever comes is refused with one of RFC 7644's words, or makes of a
// resource another one; what it makes is read again as it is.
#include <cstdlib>

#include "services/scim/patch.h"

namespace {

using namespace countersign;
using namespace countersign::scim;

void must(bool holds) {
    if (!holds) std::abort();
}

void check_code(const Error& error) {
    must(error.fault == Fault::invalid && (error.code.starts_with("invalid") || error.code == "noTarget"));
}

json::object resource() {
    return {{"userName", "jane"},
            {"name", json::object{{"familyName", "Doe"}}},
            {"emails", json::array{json::object{{"value", "a"}, {"type", "work"}}}}};
}

void check_texts(Attributes attributes, std::string_view text) {
    const auto filter = parse_filter(attributes, text);
    if (filter)
        static_cast<void>(matches(*filter, resource()));
    else
        check_code(filter.error());
    const auto path = parse_path(attributes, text);
    if (path)
        must(!name_of(path->steps).empty());
    else
        check_code(path.error());
}

void check_document(Attributes attributes, const json::value& document) {
    const auto read = read_object(attributes, document);
    if (read)
        must(read_object(attributes, *read) && *read_object(attributes, *read) == *read);
    else
        check_code(read.error());
    const auto operations = parse_patch(attributes, document);
    if (!operations) return check_code(operations.error());
    json::object changed = resource();
    for (const Operation& operation : *operations)
        if (const auto done = apply(operation, changed); !done) return check_code(done.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = formats::parse_json(text);
    for (const Attributes attributes : {user_attributes(), group_attributes()}) {
        check_texts(attributes, text);
        if (document) check_document(attributes, *document);
    }
    return 0;
}
