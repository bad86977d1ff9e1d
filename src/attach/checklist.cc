#include "attach/checklist.h"

#include <algorithm>

namespace countersign::attach {

std::string_view name_of(Outcome mark) {
    switch (mark) {
        case Outcome::good:
            return "good";
        case Outcome::warning:
            return "warning";
        case Outcome::broken:
            break;
    }
    return "broken";
}

void Checklist::good(std::string what, std::string detail) {
    add({Outcome::good, std::move(what), std::move(detail)});
}

void Checklist::warn(std::string what, std::string detail, std::string hint) {
    add({Outcome::warning, std::move(what), std::move(detail), std::move(hint)});
}

void Checklist::broken(std::string what, std::string detail, std::string hint) {
    add({Outcome::broken, std::move(what), std::move(detail), std::move(hint)});
}

bool Checklist::is_broken() const {
    return std::ranges::count(findings_, Outcome::broken, &Finding::mark) > 0;
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
