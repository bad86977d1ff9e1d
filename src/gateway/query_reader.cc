#include "gateway/query_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "base/limits.h"
#include "base/text.h"
#include "gateway/document_parameters.h"

namespace countersign::gateway {

namespace {

// The parameters that say what is asked and who asks: the gateway's, not the operation's.
constexpr std::array<std::string_view, 9> protocol_names{
    "AWSAccessKeyId",  "Action",           "Expires",   "SecurityToken", "Signature",
    "SignatureMethod", "SignatureVersion", "Timestamp", "Version",
};

constexpr std::size_t shown_name_bytes_max = 128;

bool belongs_to_protocol(std::string_view name) {
    return lower(name).starts_with("x-amz-") ||
           std::find(protocol_names.begin(), protocol_names.end(), name) != protocol_names.end();
}

std::string_view first_segment(std::string_view name) {
    return name.substr(0, name.find('.'));
}

// The number that begins the name, when it is one that an item may have.
std::optional<std::uint32_t> item_number(std::string_view name) {
    const std::string_view digits = first_segment(name);
    const auto number = parse_number<std::uint32_t>(digits);
    if (!number || *number > limits::parameters_max || digits.starts_with('0')) return std::nullopt;
    return number;
}

}  // namespace

QueryReader::QueryReader(formats::Parameters parameters) : parameters_(std::move(parameters)) {
    std::erase_if(parameters_, [this](const formats::Parameter& one) {
        const bool null = one.first.ends_with(null_mark);
        if (null) nulls_.push_back(one.first.substr(0, one.first.size() - null_mark.size()));
        return null;
    });
    read_.resize(parameters_.size(), false);
    std::stable_sort(parameters_.begin(), parameters_.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
}

std::size_t QueryReader::lower_bound(std::string_view name) const {
    const auto at =
        std::lower_bound(parameters_.begin(), parameters_.end(), name,
                         [](const auto& parameter, std::string_view n) { return parameter.first < n; });
    return static_cast<std::size_t>(at - parameters_.begin());
}

const std::string* QueryReader::find(std::string_view name) const {
    const std::size_t at = lower_bound(name);
    if (at == parameters_.size() || parameters_[at].first != name) return nullptr;
    read_[at] = true;
    return &parameters_[at].second;
}

bool QueryReader::has_below(std::string_view name) const {
    const std::string prefix = std::string(name) + '.';
    const std::size_t at = lower_bound(prefix);
    return at < parameters_.size() && parameters_[at].first.starts_with(prefix);
}

bool QueryReader::has_null_below(std::string_view name) const {
    const std::string prefix = std::string(name) + '.';
    return std::ranges::any_of(nulls_, [&](const std::string& null) { return null.starts_with(prefix); });
}

Document QueryReader::document(std::string_view name) const {
    Document found;
    if (const std::string* plain = find(name)) found.parameters.emplace_back("", *plain);
    const std::string prefix = std::string(name) + '.';
    for (std::size_t at = lower_bound(prefix); at < parameters_.size(); ++at) {
        if (!parameters_[at].first.starts_with(prefix)) break;
        read_[at] = true;
        found.parameters.emplace_back(parameters_[at].first.substr(prefix.size()), parameters_[at].second);
    }
    return found;
}

std::vector<std::string> QueryReader::items(std::string_view list, std::string_view item_name) const {
    const std::string prefix = std::string(list) + '.';
    std::map<std::uint32_t, std::string> numbered;
    for (std::size_t at = lower_bound(prefix); at < parameters_.size(); ++at) {
        const std::string_view name = parameters_[at].first;
        if (!name.starts_with(prefix)) break;
        std::size_t begin = prefix.size();
        const std::string_view segment = first_segment(name.substr(begin));
        if (segment == "member" || segment == item_name) begin += segment.size() + 1;
        if (begin >= name.size()) continue;
        const auto number = item_number(name.substr(begin));
        if (!number) continue;
        const std::size_t end = begin + first_segment(name.substr(begin)).size();
        numbered.try_emplace(*number, name.substr(0, end));
    }
    std::vector<std::string> names;
    names.reserve(numbered.size());
    for (auto& [number, name] : numbered) names.push_back(std::move(name));
    return names;
}

bool QueryReader::is_sent_empty(std::string_view name) const {
    const std::size_t at = lower_bound(name);
    if (at == parameters_.size() || parameters_[at].first != name || !parameters_[at].second.empty())
        return false;
    read_[at] = true;
    return true;
}

bool QueryReader::is_empty_list(std::string_view list, std::string_view item_name) const {
    const std::string prefix = std::string(list) + '.';
    const bool bare = is_sent_empty(list);
    const bool member = is_sent_empty(prefix + "member");
    const bool named = is_sent_empty(prefix + std::string(item_name));
    return bare || member || named;
}

Result<void> QueryReader::refuse_unread() const {
    for (std::size_t at = 0; at < parameters_.size(); ++at) {
        const std::string& name = parameters_[at].first;
        if (read_[at] || belongs_to_protocol(name)) continue;
        const bool repeated = at > 0 && parameters_[at - 1].first == name && read_[at - 1];
        const std::string_view reason = repeated ? " is given more than once" : " is not recognized";
        std::string message = "The parameter " + name.substr(0, shown_name_bytes_max);
        return Error{Fault::invalid, message.append(reason), "InvalidQueryParameter"};
    }
    return {};
}

}  // namespace countersign::gateway
