// Why a request was decided as it was, in one sentence for a person: the statement that decided, or of those
// that would have allowed the one that came closest, and what kept it from doing so.
#pragma once

#include <string>

#include "policy/explain.h"

namespace countersign::policy {

// "statement 2 (OfficeOnly) of user/ada/office, line 9, would allow it, but aws:SourceIp must be
// in 10.0.0.0/8; it is 192.168.1.4". Of a request that the explanation is of.
std::string why(const Explanation& explanation, const Request& request);

// "aws:SourceIp must be in 10.0.0.0/8; it is absent": what a condition wants, and what it found.
std::string condition_words(const ConditionTrail& condition);

// A statement of an explanation, which must outlive this. None: every pointer is null.
struct Place {
    const KindTrail* kind = nullptr;
    const PolicyTrail* policy = nullptr;
    const StatementTrail* statement = nullptr;
};
// "statement 2 (OfficeOnly) of user/ada/office, line 9".
std::string words_for(const Place& place);

// The statement that decided.
Place decider(const Explanation& explanation);
// Of those that would have allowed what was refused, among the policies that refuse it, the one that came
// closest. Where no statement is about it at all, only the kind is there.
Place closest(const Explanation& explanation, const Request& request);

}  // namespace countersign::policy
