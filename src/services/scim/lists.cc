#include <algorithm>

#include "base/text.h"
#include "services/scim/discovery.h"
#include "services/scim/limits.h"
#include "services/scim/operations.h"
#include "services/scim/resources.h"

namespace countersign::scim {

namespace {

Result<std::size_t> number_in(const Call& call, std::string_view name, std::size_t otherwise) {
    const std::string* const text = formats::find(call.parameters, name);
    if (text == nullptr) return otherwise;
    if (text->starts_with('-')) return std::size_t{0};
    const auto number = parse_number<std::size_t>(*text);
    if (!number) return invalid_value(std::string(name) + " is a whole number");
    return *number;
}

}  // namespace

Result<json::value> document_of(const Call& call) {
    auto document = formats::parse_json(call.body);
    if (!document) return invalid_syntax("The request is not valid JSON: " + document.error().message);
    return *std::move(document);
}

Result<ListRequest> list_request(const Call& call, Attributes attributes) {
    ListRequest request;
    request.start = std::max<std::size_t>(TRY(number_in(call, "startIndex", 1)), 1);
    request.count =
        std::min<std::size_t>(TRY(number_in(call, "count", limits::results_max)), limits::results_max);
    if (const std::string* const filter = formats::find(call.parameters, "filter"))
        request.filter = TRY(parse_filter(attributes, *filter));
    if (formats::find(call.parameters, "cursor") != nullptr)
        return invalid_value("cursor is not offered; ask for the next part with startIndex");
    return request;
}

Answer list_answer(json::array page, std::size_t total, const ListRequest& request) {
    return {200, list_of(std::move(page), total, request.start)};
}

bool is_key(const std::string& text) {
    constexpr std::size_t bytes_max = 512;
    return !text.empty() && text.size() <= bytes_max;
}

std::optional<std::string> wanted_text(const Filter& filter, std::string_view attribute) {
    for (const Equality& one : filter)
        if (name_of(one.steps) == attribute)
            return one.value.is_string() ? std::string(one.value.get_string()) : std::string();
    return std::nullopt;
}

template <class Record>
Result<Answer> page_of(const Call& call, const std::vector<Record>& all, const ListRequest& request) {
    json::array page;
    for (std::size_t i = request.start - 1; i < all.size() && page.size() < request.count; ++i)
        page.push_back(json::value(TRY(shown(all[i], call.base))));
    return list_answer(std::move(page), all.size(), request);
}

template Result<Answer> page_of(const Call&, const std::vector<model::DirectoryUser>&, const ListRequest&);
template Result<Answer> page_of(const Call&, const std::vector<model::DirectoryGroup>&, const ListRequest&);

}  // namespace countersign::scim
