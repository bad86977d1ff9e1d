// One row for each operation of an API: its name, the resources it is authorised on, the function that does
// it. Dispatch, authorisation and answers all read these rows.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/access.h"
#include "base/clock.h"
#include "base/result.h"
#include "gateway/answer_writer.h"
#include "gateway/api_call.h"
#include "gateway/document_answer.h"
#include "gateway/query_reader.h"
#include "policy/policy.h"

namespace countersign::gateway {

// What a call waits for: has it done elsewhere, and `then` called when it is, by a thread that may wait.
// False: too many wait already, and `then` is never called.
using Awaited = std::function<bool(std::function<void()> then)>;

// One authenticated request, as operations see it. Lives as long as the operation runs.
struct Call {
    const access::Access& access;
    const access::Caller& caller;
    std::string region;  // that of the request's credential scope
    Instant now;
    policy::Context context;  // what the request itself tells: source address, time, transport
    std::optional<access::Denial>* denial = nullptr;      // where a refusal by policy is kept; none: nowhere
    std::optional<FederatedCaller>* federated = nullptr;  // where it is kept; none: nowhere
    std::string* shown_input = nullptr;  // where the input is kept as JSON without secrets; none: nowhere
    Awaited* awaited =
        nullptr;  // where come_back() keeps what it is given; none: the call may wait by itself

    // The account that the call is about: the caller's.
    const std::string& account() const { return caller.principal().account; }
};

// For a call that would have to wait for somebody else's server, where it must not: it is made anew when what
// it waits for is done. What this returns is the operation's answer where too many wait.
Error come_back(const Call& call, Awaited awaited, Error otherwise);

// An operation without its types: reads its input, authorises, does it, writes the members of its answer.
struct Operation {
    std::string_view name;
    std::string_view result_element;  // empty: the answer has none
    bool unsigned_call = false;       // whoever calls proves who they are by other means than a signature
    std::function<Result<void>(const Call&, const QueryReader&, AnswerWriter&)> run;
};

// The ARNs that a call needs a right on. Every one of them must be allowed; none at all is a refusal.
template <class Op>
using Resources = std::function<std::vector<std::string>(const Call&, const typename Op::Input&)>;

template <class Op>
using Handler = std::function<Result<typename Op::Output>(const Call&, const typename Op::Input&)>;

// The parameters that an operation honours or keeps; none listed: every one that its model has.
using Supported = std::optional<std::set<std::string_view>>;

// Whether the caller may do this; a refusal is kept for the encoded authorization message.
Result<void> authorize(const Call& call, const access::Wanted& wanted);
void keep_denial(const Call& call, access::Denial denial);
// For the record of the call: as the caller claims, and as soon as it is proven.
void keep_federated(const Call& call, FederatedCaller caller);

// On every one of them, with condition keys that the request itself does not tell.
Result<void> authorize_all(const Call& call, std::string_view action,
                           const std::vector<std::string>& resources, const policy::Context& facts = {});

// Refuses a call that gives a parameter which is not among the supported ones.
Result<void> refuse_unsupported(const std::vector<std::string_view>& given, const Supported& supported);

template <class Op>
void keep_input(const Call& call, const typename Op::Input& input) {
    if (call.shown_input == nullptr) return;
    JsonAnswer shown(Naming::lower_first);
    Op::write_input(shown, input);
    *call.shown_input = std::move(shown).finish();
}

// `service` is the prefix of the IAM action: rds, iam. `supported` names the parameters that have their
// effect; any other one that is given is refused, never passed over.
template <class Op>
Operation operation(std::string_view service, Resources<Op> resources, Handler<Op> handler,
                    Supported supported = std::nullopt) {
    std::string action = std::string(service) + ':' + std::string(Op::name);
    auto run = [action = std::move(action), resources = std::move(resources), handler = std::move(handler),
                supported = std::move(supported)](const Call& call, const QueryReader& reader,
                                                  AnswerWriter& answer) -> Result<void> {
        const typename Op::Input input = TRY(Op::read(reader));
        keep_input<Op>(call, input);
        TRY(reader.refuse_unread());
        TRY(refuse_unsupported(Op::given(input), supported));
        TRY(authorize_all(call, action, resources(call, input)));
        const typename Op::Output output = TRY(handler(call, input));
        Op::write(answer, output);
        return {};
    };
    return Operation{Op::name, Op::result_element, false, std::move(run)};
}

// An operation that every caller may use and no policy can deny (sts:GetCallerIdentity), or whose handler
// itself finds out what the caller may do.
template <class Op>
Operation operation_for_everyone(Handler<Op> handler, Supported supported = std::nullopt) {
    auto run = [handler = std::move(handler), supported = std::move(supported)](
                   const Call& call, const QueryReader& reader, AnswerWriter& answer) -> Result<void> {
        const typename Op::Input input = TRY(Op::read(reader));
        keep_input<Op>(call, input);
        TRY(reader.refuse_unread());
        TRY(refuse_unsupported(Op::given(input), supported));
        const typename Op::Output output = TRY(handler(call, input));
        Op::write(answer, output);
        return {};
    };
    return Operation{Op::name, Op::result_element, false, std::move(run)};
}

// An operation that is called without a signature; its handler finds out who calls.
template <class Op>
Operation unsigned_operation(Handler<Op> handler, Supported supported = std::nullopt) {
    Operation row = operation_for_everyone<Op>(std::move(handler), std::move(supported));
    row.unsigned_call = true;
    return row;
}

// The row of an operation whose function takes the service's own Deps first.
template <class Op, class Around>
using Function = Result<typename Op::Output> (*)(const Around&, const Call&, const typename Op::Input&);

template <class Op, class Around>
Handler<Op> bound(const Around& deps, Function<Op, Around> function) {
    return [deps, function](const Call& call, const typename Op::Input& input) {
        return function(deps, call, input);
    };
}

}  // namespace countersign::gateway
