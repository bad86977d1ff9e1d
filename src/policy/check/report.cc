#include "policy/check/report.h"

#include <algorithm>

#include "base/letters_apart.h"
#include "base/text.h"

namespace countersign::policy {

namespace {

constexpr std::string_view reference =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks-";
constexpr std::string_view own_reference = "docs/policies.md#what-is-wrong-with-a-policy";
constexpr std::size_t written_bytes_max = 128;  // longer words have no neighbors

std::string code_of(std::string_view title) {
    std::string code;
    for (const char c : title) code += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
    return code;
}

std::string link_to(const FindingKind& kind) {
    if (kind.ours) return std::string(own_reference);
    std::string group = lower(name_of(kind.type));
    std::ranges::replace(group, '_', '-');
    if (kind.type == FindingType::warning) group = "general-warning";
    return fmt::format("{}{}-{}", reference, group, kind.title);
}

}  // namespace

Placed Placed::in(const JsonMember& member) const {
    Placed inside{member.value, path};
    inside.path.push_back({PathStep::Kind::value, member.key});
    return inside;
}

Placed Placed::in(std::size_t index) const {
    Placed inside{node.items[index], path};
    inside.path.push_back({PathStep::Kind::index, {}, index});
    return inside;
}

FindingPlace Placed::key_of(const JsonMember& member) const {
    FindingPlace place{path, member.key_extent};
    place.path.push_back({PathStep::Kind::key, member.key});
    return place;
}

std::vector<Placed> Placed::each() const {
    if (!node.is(JsonNode::Kind::array)) return {*this};
    std::vector<Placed> all;
    for (std::size_t i = 0; i < node.items.size(); ++i) all.push_back(in(i));
    return all;
}

void Report::add_text(const FindingKind& kind, const FindingPlace& place, std::string details) {
    if (is_full()) return;
    findings_.push_back({kind.type, code_of(kind.title), std::move(details), link_to(kind), {place}});
}

bool Report::has_error() const {
    return std::ranges::find(findings_, FindingType::error, &Finding::type) != findings_.end();
}

std::string did_you_mean(std::string_view written, const std::vector<std::string>& known) {
    const std::string* nearest = nullptr;
    std::size_t least = std::max<std::size_t>(2, written.size() / 3) + 1;
    if (written.size() > written_bytes_max) return {};
    for (const std::string& word : known) {
        const std::size_t away = letters_apart(lower(written), lower(word));
        if (away >= least) continue;
        least = away;
        nearest = &word;
    }
    return nearest == nullptr ? std::string() : fmt::format(" Did you mean {}?", *nearest);
}

}  // namespace countersign::policy
