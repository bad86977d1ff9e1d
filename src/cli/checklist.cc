#include "cli/checklist.h"

#include <algorithm>

#include "cli/output.h"

namespace countersign::cli {

namespace {

Shown sign_of(Mark mark) {
    switch (mark) {
        case Mark::good:
            return painted("✓", Paint::good);
        case Mark::warning:
            return painted("!", Paint::warning);
        case Mark::broken:
            break;
    }
    return painted("✗", Paint::bad);
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
    add({Mark::good, std::move(what), std::move(detail)});
}

void Checklist::warn(std::string what, std::string detail, std::string mend) {
    add({Mark::warning, std::move(what), std::move(detail), std::move(mend)});
}

void Checklist::broken(std::string what, std::string detail, std::string mend) {
    add({Mark::broken, std::move(what), std::move(detail), std::move(mend)});
}

bool Checklist::is_broken() const {
    return std::ranges::count(findings_, Mark::broken, &Finding::mark) > 0;
}

void Checklist::add(Finding finding) {
    findings_.push_back(std::move(finding));
    if (!is_shown_) return;
    const Finding& added = findings_.back();
    print_line("{} {}{}{}", sign_of(added.mark), added.what, added.detail.empty() ? "" : ": ", added.detail);
    if (!added.mend.empty()) print_line("    → {}", added.mend);
    flush_output();
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
