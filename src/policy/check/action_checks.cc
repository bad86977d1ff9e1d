#include <algorithm>
#include <array>

#include "base/text.h"
#include "policy/check/report.h"
#include "policy/glob.h"

namespace countersign::policy {

namespace {

constexpr std::array own_services = {"rds-db", "countersign"};

bool matches_one(std::string_view name, const std::vector<std::string>& known) {
    const Pattern pattern(name, {.variables = false, .wildcards = true}, Case::ignored);
    return std::ranges::any_of(known, [&](const std::string& one) { return pattern.matches(one, {}); });
}

}  // namespace

void check_action_text(const Placed& action, Report& report) {
    const std::string& text = action.node.text;
    if (text == "*" || report.is_full()) return;
    const std::size_t colon = text.find(':');
    if (colon == text.npos || !report.facts().actions) return;
    const std::string service = text.substr(0, colon);
    if (service.find_first_of("*?") != service.npos) {
        if (service != "*") report.add(finding_kinds::wildcard_in_service_name, action.here());
        return;
    }
    const std::vector<std::string> known = report.facts().actions(lower(service));
    if (!known.empty()) {
        if (matches_one(std::string_view(text).substr(colon + 1), known)) return;
        std::vector<std::string> whole;
        whole.reserve(known.size());
        for (const std::string& name : known) whole.push_back(lower(service) + ":" + name);
        return report.add(finding_kinds::invalid_action, action.here(), printable(text),
                          did_you_mean(text, whole));
    }
    const std::string meant = did_you_mean(service, {own_services.begin(), own_services.end()});
    const bool near = !meant.empty() && service.size() > 4;
    if (near) report.add(finding_kinds::invalid_service_in_action, action.here(), printable(service), meant);
}

}  // namespace countersign::policy
