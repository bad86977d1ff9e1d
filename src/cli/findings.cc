#include "cli/findings.h"

#include "cli/output.h"

namespace countersign::cli {

namespace {

using attach::Outcome;

Shown sign_of(Outcome mark) {
    switch (mark) {
        case Outcome::good:
            return painted("✓", Paint::good);
        case Outcome::warning:
            return painted("!", Paint::warning);
        case Outcome::broken:
            break;
    }
    return painted("✗", Paint::bad);
}

}  // namespace

void print_finding(const attach::Finding& finding) {
    print_line("{} {}{}{}", sign_of(finding.mark), finding.what, finding.detail.empty() ? "" : ": ",
               finding.detail);
    if (!finding.hint.empty()) print_line("    → {}", finding.hint);
    flush_output();
}

}  // namespace countersign::cli
