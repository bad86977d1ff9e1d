// Who asked to hear of events: subscriptions, as they are kept. Nothing is published to their topics.
#pragma once

#include <string_view>

#include "gateway/operation.h"
#include "generated/rds.h"
#include "model/event_subscription.h"
#include "services/rds/service.h"
#include "store/records.h"

namespace countersign::rds {

// By name or ARN: SubscriptionNotFound.
Result<store::Stored<model::EventSubscription>> find_subscription(store::Store& store,
                                                                  const gateway::Call& call,
                                                                  std::string_view given);

Result<api::CreateEventSubscriptionResult> create_subscription(
    const Deps& deps, const gateway::Call& call, const api::CreateEventSubscriptionMessage& input);
Result<api::EventSubscriptionsMessage> describe_subscriptions(
    const Deps& deps, const gateway::Call& call, const api::DescribeEventSubscriptionsMessage& input);
Result<api::ModifyEventSubscriptionResult> modify_subscription(
    const Deps& deps, const gateway::Call& call, const api::ModifyEventSubscriptionMessage& input);
Result<api::DeleteEventSubscriptionResult> delete_subscription(
    const Deps& deps, const gateway::Call& call, const api::DeleteEventSubscriptionMessage& input);
Result<api::AddSourceIdentifierToSubscriptionResult> add_subscription_source(
    const Deps& deps, const gateway::Call& call, const api::AddSourceIdentifierToSubscriptionMessage& input);
Result<api::RemoveSourceIdentifierFromSubscriptionResult> remove_subscription_source(
    const Deps& deps, const gateway::Call& call,
    const api::RemoveSourceIdentifierFromSubscriptionMessage& input);

}  // namespace countersign::rds
