// The IAM policy language: documents, parsed once into a form that is evaluated without parsing or I/O.
// Source: IAM User Guide, "IAM JSON policy reference" (reference_policies_elements, _grammar, _variables,
// _evaluation-logic).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace countersign::policy {

class Document;  // a compiled policy document; immutable, shared between threads

// Where a policy comes from, which decides how it counts and how a refusal is worded.
enum class Kind { identity, boundary, session, guardrail, resource };

// What parse() accepts: an identity policy may not name principals, a trust policy must. In one that is
// bound, as IAM keeps them, users and roles are named by their unique ids, and the ARN of one names nobody.
enum class Form { identity, resource, bound };

// A compiled document with the name under which explanations and audit show it.
struct Policy {
    std::string name;  // ARN of a managed policy, "user/NAME/POLICY" of an inline one
    std::shared_ptr<const Document> document;
};

// Fault::invalid, code MalformedPolicyDocument, AWS's message: not JSON, a key twice, an unknown element or
// operator, a wrong version, no statement, a bad action or ARN.
Result<std::shared_ptr<const Document>> parse(std::string_view text, Form form = Form::identity);

// Reads what parse() would refuse for its style only (for stored or foreign documents in evaluation): as
// lenient as IAM's own evaluation is, but an unknown element or operator is refused here too.
Result<std::shared_ptr<const Document>> parse_lenient(std::string_view text, Form form = Form::identity);

// Condition keys are compared without regard to case; store them lower-case. A key may have several values.
using Context = std::map<std::string, std::vector<std::string>>;

// The policies that apply to a caller. An absent boundary, session or guardrail list does not restrict; an
// empty one allows nothing. Guardrails are service control policies, a list for each level of the
// organisation from its root down to the account: every level must allow.
struct PolicySet {
    std::vector<Policy> identity = {};
    std::optional<std::vector<Policy>> boundary = {};
    std::optional<std::vector<Policy>> session = {};
    std::optional<std::vector<std::vector<Policy>>> guardrails = {};
    std::vector<Policy> resource = {};
};

struct Request {
    std::string principal_arn;
    std::string account;           // of the principal
    std::string action;            // service:Action
    std::string resource;          // ARN, or "*"
    std::string resource_account;  // empty: the principal's
    Context context;
    std::string principal_id = {};  // of a user or role, or of a session: AIDA…, AROA…, AROA…:SESSION
};

// Whether the request's context can matter to the decision: some document has a condition or a variable.
bool asks_context(const PolicySet& policies);

enum class Effect { implicit_deny, explicit_deny, allowed };

// How far a statement came, in the order in which its elements are compared.
enum class Outcome { action_differs, resource_differs, principal_differs, condition_failed, applies };

// The statement that decided: its policy's name, its Sid where it has one, and its place in the document.
struct DecidedBy {
    Kind kind = Kind::identity;
    std::string policy;
    std::string sid;
    std::size_t statement = 0;  // counted from 1
};

// Denied unless a statement allowed. The zero value is a refusal.
class Decision {
public:
    Decision() = default;
    static Decision allowed_by(DecidedBy by) {
        return Decision(Effect::allowed, Kind::identity, std::move(by));
    }
    static Decision denied_by(DecidedBy by) {
        const Kind kind = by.kind;
        return Decision(Effect::explicit_deny, kind, std::move(by));
    }
    // Nothing denied, but the policies of this kind do not allow it.
    static Decision not_allowed_by(Kind kind) { return Decision(Effect::implicit_deny, kind, std::nullopt); }

    bool allowed() const { return effect_ == Effect::allowed; }
    Effect effect() const { return effect_; }
    Kind kind() const { return kind_; }                         // whose policies refused
    const std::optional<DecidedBy>& by() const { return by_; }  // none for an implicit deny

private:
    Decision(Effect effect, Kind kind, std::optional<DecidedBy> by)
        : effect_(effect), kind_(kind), by_(std::move(by)) {}

    Effect effect_ = Effect::implicit_deny;
    Kind kind_ = Kind::identity;
    std::optional<DecidedBy> by_;
};

// Explicit denials first, then every kind of policy in turn. Resource policies grant as IAM has it: within
// one account to the caller they name, across accounts only together with the caller's own policies. A role's
// trust policy, where given, must always allow.
Decision evaluate(const PolicySet& policies, const Request& request);

}  // namespace countersign::policy
