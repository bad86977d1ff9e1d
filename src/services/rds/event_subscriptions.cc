#include "services/rds/event_subscriptions.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "model/arn.h"
#include "model/service_keys.h"
#include "services/rds/entities.h"
#include "services/rds/event_categories.h"
#include "services/rds/filters.h"
#include "services/rds/paging.h"
#include "services/rds/parameter_groups.h"
#include "services/rds/quotas.h"
#include "services/rds/tag_rules.h"
#include "services/rds/validation.h"

namespace countersign::rds {

namespace keys = model::keys;
using gateway::Call;
using model::EventSubscription;

namespace {

Error source_not_found(std::string_view type, std::string_view id) {
    return Error{Fault::not_found, fmt::format("Source {} of type {} not found.", id, type),
                 "SourceNotFound"};
}

api::EventSubscription to_api(const Call& call, const EventSubscription& subscription) {
    api::EventSubscription answer;
    answer.CustomerAwsId = call.account();
    answer.CustSubscriptionId = subscription.name;
    answer.SnsTopicArn = subscription.topic;
    answer.Status = "active";
    answer.SubscriptionCreationTime = fmt::format(
        "{:%F %T}", std::chrono::system_clock::time_point(subscription.created.time_since_epoch()));
    if (!subscription.source_type.empty()) answer.SourceType = subscription.source_type;
    answer.SourceIdsList = subscription.sources;
    answer.EventCategoriesList = subscription.categories;
    answer.Enabled = subscription.enabled;
    answer.EventSubscriptionArn = arn_of(call, event_subscription_kind, subscription.name);
    return answer;
}

Result<std::string> parse_subscription_name(const std::string& text) {
    constexpr std::size_t characters_max = 254;
    TRY(parse_long_identifier("SubscriptionName", text));
    if (text.size() <= characters_max) return text;
    return not_an_identifier("SubscriptionName");
}

// Topics that keep an order are not RDS's to publish to.
Result<void> check_topic(const Call& call, const std::string& topic) {
    const auto arn = model::parse_arn(topic);
    if (arn && arn->service == "sns" && arn->region == call.region && !arn->account.empty() &&
        !arn->resource.empty() && !arn->resource.ends_with(".fifo"))
        return {};
    return Error{Fault::invalid, fmt::format("Invalid SNS topic: {}", topic), "SNSInvalidTopic"};
}

Result<void> check_categories(const EventSubscription& subscription) {
    for (const std::string& category : subscription.categories)
        if (!has_category(subscription.source_type, category))
            return Error{Fault::not_found,
                         fmt::format("The event category {} does not exist{}.", category,
                                     subscription.source_type.empty()
                                         ? ""
                                         : " for the source type " + subscription.source_type),
                         "SubscriptionCategoryNotFound"};
    return {};
}

// Identifiers, of what is there; in lower case.
Result<std::string> parse_source(const Deps& deps, const Call& call, const std::string& type,
                                 const std::string& given) {
    const auto checked = [&](const auto& found) -> Result<std::string> {
        if (found) return lower(given);
        if (found.error().fault != Fault::not_found) return found.error();
        return source_not_found(type, given);
    };
    if (type == "db-instance") return checked(find_instance(deps.store, call, given));
    if (type == "db-cluster") return checked(find_cluster(deps.store, call, given));
    if (type == "db-parameter-group")
        return checked(look_up_parameter_group(deps, call, parameter_group_kind, given));
    return source_not_found(type, given);
}

Result<std::vector<std::string>> parse_sources(const Deps& deps, const Call& call, const std::string& type,
                                               const std::vector<std::string>& given) {
    if (!given.empty() && type.empty())
        return invalid_combination("SourceType must be specified if SourceIds are specified.");
    std::vector<std::string> sources;
    for (const std::string& one : given) {
        std::string source = TRY(parse_source(deps, call, type, one));
        if (std::ranges::count(sources, source) == 0) sources.push_back(std::move(source));
    }
    return sources;
}

Result<void> check_room(const Deps& deps, const Call& call, const std::string& name) {
    const auto all = TRY(store::list_all(deps.store, keys::event_subscriptions(call.account(), call.region)));
    const std::string key = keys::event_subscription(call.account(), call.region, name);
    for (const store::Entry& entry : all.entries)
        if (entry.key == key)
            return Error{Fault::exists, fmt::format("Event subscription {} already exists.", name),
                         "SubscriptionAlreadyExist"};
    if (all.entries.size() >= most(deps, model::quota::event_subscriptions))
        return Error{Fault::conflict, "You have reached the maximum number of event subscriptions.",
                     "EventSubscriptionQuotaExceeded"};
    return {};
}

// Finds the subscription, changes it and writes it again.
template <class Answer, class Change>
Result<Answer> change_subscription(const Deps& deps, const Call& call, const std::string& name,
                                   Change change) {
    return store::retry_races([&]() -> Result<Answer> {
        auto stored = TRY(find_subscription(deps.store, call, name));
        TRY(change(stored.record));
        TRY(deps.store.commit({{stored.unchanged()}, {store::put(stored.key, stored.record)}}));
        Answer answer;
        answer.EventSubscription = to_api(call, stored.record);
        return answer;
    });
}

}  // namespace

Result<store::Stored<EventSubscription>> find_subscription(store::Store& store, const Call& call,
                                                           std::string_view given) {
    constexpr std::size_t name_bytes_max = 255;
    const std::string name = name_of(call, event_subscription_kind, given);
    Error unknown{Fault::not_found, fmt::format("Event subscription {} not found.", given),
                  "SubscriptionNotFound"};
    if (name.empty() || name.size() > name_bytes_max) return unknown;
    auto stored = TRY(
        store::load<EventSubscription>(store, keys::event_subscription(call.account(), call.region, name)));
    if (!stored) return unknown;
    return *std::move(stored);
}

Result<api::CreateEventSubscriptionResult> create_subscription(
    const Deps& deps, const Call& call, const api::CreateEventSubscriptionMessage& input) {
    EventSubscription subscription;
    subscription.name = TRY(parse_subscription_name(*input.SubscriptionName));
    TRY(check_topic(call, *input.SnsTopicArn));
    TRY(check_source_type(input.SourceType));
    subscription.topic = *input.SnsTopicArn;
    subscription.source_type = input.SourceType.value_or("");
    subscription.categories = input.EventCategories.value_or(std::vector<std::string>());
    subscription.enabled = input.Enabled.value_or(true);
    subscription.created = call.now;
    subscription.tags = TRY(first_tags(input.Tags, std::nullopt, event_subscription_kind));
    TRY(check_categories(subscription));
    const std::string key = keys::event_subscription(call.account(), call.region, subscription.name);
    return store::retry_races([&]() -> Result<api::CreateEventSubscriptionResult> {
        TRY(check_room(deps, call, subscription.name));
        subscription.sources = TRY(parse_sources(deps, call, subscription.source_type,
                                                 input.SourceIds.value_or(std::vector<std::string>())));
        TRY(deps.store.commit({{store::absent(key)}, {store::put(key, subscription)}}));
        api::CreateEventSubscriptionResult answer;
        answer.EventSubscription = to_api(call, subscription);
        return answer;
    });
}

Result<api::EventSubscriptionsMessage> describe_subscriptions(
    const Deps& deps, const Call& call, const api::DescribeEventSubscriptionsMessage& input) {
    TRY(Filters::read(input.Filters, {}));
    api::EventSubscriptionsMessage answer;
    if (input.SubscriptionName) {
        TRY(items_wanted(input));
        const auto one = TRY(find_subscription(deps.store, call, *input.SubscriptionName));
        answer.EventSubscriptionsList.push_back(to_api(call, one.record));
        return answer;
    }
    const StoredList list{keys::event_subscriptions(call.account(), call.region)};
    const auto shown_page = TRY(stored_page<EventSubscription>(
        deps.store, list, input, [](const EventSubscription&) { return true; }));
    for (const EventSubscription& one : shown_page.items)
        answer.EventSubscriptionsList.push_back(to_api(call, one));
    answer.Marker = shown_page.next;
    return answer;
}

Result<api::ModifyEventSubscriptionResult> modify_subscription(
    const Deps& deps, const Call& call, const api::ModifyEventSubscriptionMessage& input) {
    if (input.SnsTopicArn) TRY(check_topic(call, *input.SnsTopicArn));
    TRY(check_source_type(input.SourceType));
    const auto change = [&](EventSubscription& subscription) -> Result<void> {
        const std::string type = input.SourceType.value_or(subscription.source_type);
        if (type != subscription.source_type && !subscription.sources.empty())
            return invalid_combination(fmt::format(
                "The source type of {} cannot be changed while it has source identifiers; remove them first.",
                subscription.name));
        subscription.source_type = type;
        subscription.topic = input.SnsTopicArn.value_or(subscription.topic);
        subscription.categories = input.EventCategories.value_or(subscription.categories);
        subscription.enabled = input.Enabled.value_or(subscription.enabled);
        return check_categories(subscription);
    };
    return change_subscription<api::ModifyEventSubscriptionResult>(deps, call, *input.SubscriptionName,
                                                                   change);
}

Result<api::DeleteEventSubscriptionResult> delete_subscription(
    const Deps& deps, const Call& call, const api::DeleteEventSubscriptionMessage& input) {
    return store::retry_races([&]() -> Result<api::DeleteEventSubscriptionResult> {
        const auto stored = TRY(find_subscription(deps.store, call, *input.SubscriptionName));
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        api::DeleteEventSubscriptionResult answer;
        answer.EventSubscription = to_api(call, stored.record);
        answer.EventSubscription->Status = "deleting";
        return answer;
    });
}

Result<api::AddSourceIdentifierToSubscriptionResult> add_subscription_source(
    const Deps& deps, const Call& call, const api::AddSourceIdentifierToSubscriptionMessage& input) {
    const auto change = [&](EventSubscription& subscription) -> Result<void> {
        const auto added =
            TRY(parse_sources(deps, call, subscription.source_type, {*input.SourceIdentifier}));
        if (std::ranges::count(subscription.sources, added.front()) == 0)
            subscription.sources.push_back(added.front());
        return {};
    };
    return change_subscription<api::AddSourceIdentifierToSubscriptionResult>(deps, call,
                                                                             *input.SubscriptionName, change);
}

Result<api::RemoveSourceIdentifierFromSubscriptionResult> remove_subscription_source(
    const Deps& deps, const Call& call, const api::RemoveSourceIdentifierFromSubscriptionMessage& input) {
    const auto change = [&](EventSubscription& subscription) -> Result<void> {
        if (std::erase(subscription.sources, lower(*input.SourceIdentifier)) > 0) return {};
        return source_not_found(subscription.source_type, *input.SourceIdentifier);
    };
    return change_subscription<api::RemoveSourceIdentifierFromSubscriptionResult>(
        deps, call, *input.SubscriptionName, change);
}

}  // namespace countersign::rds
