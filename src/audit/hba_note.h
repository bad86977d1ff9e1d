// What the audit says of the pg_hba.conf of an attached server: a line without a login, when its state
// changes. A value.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "audit/entry.h"

namespace countersign::audit {

enum class HbaNote {
    in_order,   // again
    overtaken,  // another line lets members of rds_iam in without a token
    gone,       // no line asks for a token
    faulty,     // PostgreSQL cannot read a line
    unseen,     // the agent cannot look
};

inline constexpr std::string_view hba_check = "hba";
inline constexpr std::array<std::string_view, 5> hba_codes{"hba-in-order", "hba-overtaken", "hba-gone",
                                                           "hba-faulty", "hba-unseen"};

inline std::string_view code_of(HbaNote note) {
    return hba_codes[static_cast<std::size_t>(note)];
}

// Nothing for any other line.
inline std::optional<HbaNote> hba_note_in(const LoginEntry& entry) {
    if (entry.decision != Decision::noted || entry.check != hba_check) return std::nullopt;
    for (std::size_t i = 0; i < hba_codes.size(); ++i)
        if (hba_codes[i] == entry.reason_code) return static_cast<HbaNote>(i);
    return std::nullopt;
}

}  // namespace countersign::audit
