#include "attach/checklist.h"

#include <algorithm>

namespace countersign::attach {

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

void Checklist::good(std::string what, std::string detail) {
    add({Mark::good, std::move(what), std::move(detail)});
}

void Checklist::warn(std::string what, std::string detail, std::string hint) {
    add({Mark::warning, std::move(what), std::move(detail), std::move(hint)});
}

void Checklist::broken(std::string what, std::string detail, std::string hint) {
    add({Mark::broken, std::move(what), std::move(detail), std::move(hint)});
}

bool Checklist::is_broken() const {
    return std::ranges::count(findings_, Mark::broken, &Finding::mark) > 0;
}

void Checklist::add(Finding finding) {
    findings_.push_back(std::move(finding));
    if (listener_) listener_(findings_.back());
}

formats::json::array Checklist::json() const {
    formats::json::array list;
    for (const Finding& finding : findings_)
        list.push_back(formats::json::object{{"mark", name_of(finding.mark)},
                                             {"what", finding.what},
                                             {"detail", finding.detail},
                                             {"mend", finding.hint}});
    return list;
}

}  // namespace countersign::attach
