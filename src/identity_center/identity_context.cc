#include "identity_center/identity_context.h"

#include "formats/record.h"
#include "identity_center/applications.h"
#include "identity_center/credentials.h"
#include "identity_center/directory.h"
#include "model/arn.h"
#include "model/identity_center_keys.h"

namespace countersign::identity_center {

namespace {

constexpr std::string_view sealed_as = "identity context";

Error no_context() {
    return Error{Fault::denied, "the context assertion is not valid, or not any more"};
}

}  // namespace

std::string context_provider_arn() {
    return model::global_arn("iam", "aws", "contextProvider/IdentityCenter");
}

std::string seal_identity_context(const IdentityContext& context, const crypto::SealingKey& sealing,
                                  crypto::Random& random) {
    return sealing.seal(Secret(formats::to_record(context)), sealed_as, random);
}

Result<IdentityContext> open_identity_context(store::Store& store, const std::string& assertion,
                                              const crypto::SealingKey& sealing, Instant now) {
    const auto opened = sealing.open(assertion, sealed_as);
    if (!opened) return no_context();
    auto context = formats::from_record<IdentityContext>(opened->reveal());
    if (!context || now >= context->expires) return no_context();
    const auto standing = TRY(standing_of(store, context->user));
    if (!standing || *standing != context->standing) return no_context();
    const std::string identity_store = identity_store_of(context->user);
    const auto session = TRY(store.get(
        model::keys::item(model::keys::sso_sessions(identity_store, context->user), context->session)));
    const auto found = TRY(find_application(store, context->application));
    if (!session || !found) return no_context();
    const bool may =
        TRY(may_use_application(store, identity_store, found->application.record, context->user));
    if (!may) return no_context();
    return *std::move(context);
}

}  // namespace countersign::identity_center
