#include "cli/checklist.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::cli {

namespace {

std::string_view sign_of(Mark mark) {
    switch (mark) {
        case Mark::good:
            return "✓";
        case Mark::warning:
            return "!";
        case Mark::broken:
            break;
    }
    return "✗";
}

std::string_view name_of(Mark mark) {
    switch (mark) {
        case Mark::good:
            return "good";
        case Mark::warning:
            return "warning";
        case Mark::broken:
            break;
    }
    return "broken";
}

}  // namespace

void Checklist::good(std::string what, std::string detail) {
    findings_.push_back({Mark::good, std::move(what), std::move(detail)});
}

void Checklist::warn(std::string what, std::string detail, std::string mend) {
    findings_.push_back({Mark::warning, std::move(what), std::move(detail), std::move(mend)});
}

void Checklist::broken(std::string what, std::string detail, std::string mend) {
    findings_.push_back({Mark::broken, std::move(what), std::move(detail), std::move(mend)});
}

bool Checklist::is_broken() const {
    return std::ranges::count(findings_, Mark::broken, &Finding::mark) > 0;
}

std::string Checklist::text() const {
    std::string text;
    for (const Finding& finding : findings_) {
        text += fmt::format("{} {}", sign_of(finding.mark), finding.what);
        if (!finding.detail.empty()) text += ": " + finding.detail;
        text += '\n';
        if (!finding.mend.empty()) text += fmt::format("    → {}\n", finding.mend);
    }
    return text;
}

formats::json::array Checklist::json() const {
    formats::json::array list;
    for (const Finding& finding : findings_)
        list.push_back(formats::json::object{{"mark", name_of(finding.mark)},
                                             {"what", finding.what},
                                             {"detail", finding.detail},
                                             {"mend", finding.mend}});
    return list;
}

}  // namespace countersign::cli
