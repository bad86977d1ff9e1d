#include "policy/check/finding.h"

namespace countersign::policy {

std::string_view name_of(FindingType type) {
    switch (type) {
        case FindingType::error:
            return "ERROR";
        case FindingType::security_warning:
            return "SECURITY_WARNING";
        case FindingType::suggestion:
            return "SUGGESTION";
        case FindingType::warning:
            return "WARNING";
    }
    return "ERROR";
}

}  // namespace countersign::policy
