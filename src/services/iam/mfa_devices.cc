// Operations on virtual MFA devices: create, get, list, enable, resync, deactivate, delete, tags. A device's
// codes are checked here when it is enabled; access/mfa.h checks them afterwards.
#include <fmt/format.h>

#include <algorithm>

#include "access/mfa.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/totp.h"
#include "formats/encoding.h"
#include "formats/uri.h"
#include "model/arn.h"
#include "model/keys.h"
#include "services/iam/change.h"
#include "services/iam/condition_keys.h"
#include "services/iam/create.h"
#include "services/iam/operation_registry.h"
#include "services/iam/paging.h"
#include "services/iam/qr_code.h"
#include "services/iam/tag_records.h"

namespace countersign::iam {

namespace keys = model::keys;
using gateway::Call;
using gateway::Nothing;
using StoredDevice = store::Stored<model::MfaDevice>;

namespace {

constexpr std::size_t seed_bytes = 40;  // 64 characters of base32, as AWS's seeds have
constexpr std::ptrdiff_t devices_per_user_max = 8;
constexpr std::string_view root_name = "root";

Result<StoredDevice> find_device(store::Store& store, const std::string& account, const std::string& serial) {
    auto stored = TRY(access::find_mfa_device(store, account, serial));
    if (!stored)
        return Error{Fault::not_found,
                     fmt::format("VirtualMFADevice with serial number {} doesn't exist.", serial),
                     "NoSuchEntity"};
    return *std::move(stored);
}

// What an authenticator app reads from the picture.
std::string app_uri(const std::string& account, const std::string& name, std::string_view seed) {
    return fmt::format("otpauth://totp/{}@{}?secret={}&issuer=Countersign", formats::percent_encode(name),
                       account, seed);
}

Result<api::CreateVirtualMFADeviceResponse> create_device(const Deps& deps, const Call& call,
                                                          const api::CreateVirtualMFADeviceRequest& input) {
    model::MfaDevice device;
    device.name = *input.VirtualMFADeviceName;
    device.path = input.Path.value_or("/");
    device.created = call.now;
    device.tags = TRY(tagged({}, input.Tags.value_or(std::vector<api::Tag>())));
    const std::string key = keys::mfa_device(call.account(), device.name);
    const std::string serial = access::mfa_arn(call.account(), device);
    constexpr std::size_t serial_max = 256;
    if (serial.size() > serial_max)
        return Error{Fault::invalid, "The name of the virtual MFA device is too long.", "ValidationError"};
    const Secret seed(deps.random.bytes(seed_bytes));
    device.sealed_seed = deps.sealing.seal(seed, key, deps.random);
    const std::string text = formats::base32(seed.reveal());
    api::CreateVirtualMFADeviceResponse answer;
    api::VirtualMFADevice& made = answer.VirtualMFADevice.emplace();
    made.SerialNumber = serial;
    made.Base32StringSeed = text;
    made.QRCodePNG = TRY(qr_code_png(app_uri(call.account(), device.name, text)));
    made.Tags = to_api(device.tags);
    const Error taken{Fault::exists, "MFADevice entity at the same path and name already exists.",
                      "EntityAlreadyExists"};
    TRY(store::retry_races([&] { return create_record(deps.store, key, device, taken); }));
    return answer;
}

// The name of the user that a device is, or is to be, enabled for; empty: the root user, which calls itself
// "root" where a name must be given.
Result<std::string> owner_meant(const Deps& deps, const Call& call, const std::optional<std::string>& named) {
    const bool root = call.caller.principal().type == access::PrincipalType::root;
    if (root && named && *named == root_name) {
        const auto user = TRY(deps.store.get(keys::user(call.account(), root_name)));
        if (!user) return std::string();
    }
    return user_meant(call, named);
}

// Guards a user's record and writes it again as it is, so that no device is enabled for a user that is being
// deleted, and two enabled at once never pass the quota. Puts the name as it was given to the user.
Result<void> hold_owner(store::Store& store, const std::string& account, std::string& user,
                        store::Transaction& change) {
    if (user.empty()) return {};
    const auto stored = TRY(find_user(store, account, user));
    user = stored.record.name;
    change.guards.push_back(stored.unchanged());
    change.writes.push_back(store::put(stored.key, stored.record));
    return {};
}

Result<std::vector<StoredDevice>> enabled_for(store::Store& store, const std::string& account,
                                              const std::string& user) {
    auto devices = TRY(store::load_all<model::MfaDevice>(store, keys::mfa_devices(account)));
    std::erase_if(devices, [&](const StoredDevice& device) {
        return !device.record.enabled || lower(device.record.user) != lower(user);
    });
    return devices;
}

Error not_enabled(const std::string& serial) {
    return Error{Fault::not_found,
                 fmt::format("MFA Device with serial number {} is not enabled for this user.", serial),
                 "NoSuchEntity"};
}

bool is_enabled_for(const model::MfaDevice& device, const std::string& user) {
    return device.enabled && lower(device.user) == lower(user);
}

// Takes two codes that follow each other, both new, as proof that whoever sends them holds the seed.
template <class Input>
Result<void> take_codes(const Deps& deps, const Call& call, const Input& input, model::MfaDevice& device) {
    const Error wrong{Fault::denied, "Authentication code for device is not valid.",
                      "InvalidAuthenticationCode"};
    const Secret seed =
        TRY(deps.sealing.open(device.sealed_seed, keys::mfa_device(call.account(), device.name)));
    const auto second = crypto::matching_totp_step(seed, *input.AuthenticationCode2, call.now);
    if (!second || static_cast<std::int64_t>(*second) - 1 <= device.last_step) return wrong;
    if (!crypto::same_secret(crypto::totp_code(seed, *second - 1), *input.AuthenticationCode1)) return wrong;
    device.last_step = static_cast<std::int64_t>(*second);
    return {};
}

Result<Nothing> enable_device(const Deps& deps, const Call& call, const api::EnableMFADeviceRequest& input) {
    const std::string named = TRY(owner_meant(deps, call, input.UserName));
    const auto enable = [&](model::MfaDevice& device, store::Transaction& more) -> Result<void> {
        std::string user = named;
        TRY(hold_owner(deps.store, call.account(), user, more));
        if (device.enabled)
            return Error{Fault::exists, fmt::format("MFA Device {} is already in use.", *input.SerialNumber),
                         "EntityAlreadyExists"};
        const auto others = TRY(enabled_for(deps.store, call.account(), user));
        if (std::ssize(others) >= devices_per_user_max)
            return Error{Fault::conflict,
                         fmt::format("Cannot exceed quota for MFADevicesPerUser: {}", devices_per_user_max),
                         "LimitExceeded"};
        TRY(take_codes(deps, call, input, device));
        device.enabled = call.now;
        device.user = user;
        return {};
    };
    return change_record<find_device>(deps, call, *input.SerialNumber, enable);
}

Result<Nothing> resync_device(const Deps& deps, const Call& call, const api::ResyncMFADeviceRequest& input) {
    const std::string user = TRY(owner_meant(deps, call, input.UserName));
    const auto resync = [&](model::MfaDevice& device, store::Transaction&) -> Result<void> {
        if (!is_enabled_for(device, user)) return not_enabled(*input.SerialNumber);
        return take_codes(deps, call, input, device);
    };
    return change_record<find_device>(deps, call, *input.SerialNumber, resync);
}

// The steps that were used stay used: the seed is the same when the device is enabled again.
Result<Nothing> deactivate_device(const Deps& deps, const Call& call,
                                  const api::DeactivateMFADeviceRequest& input) {
    const std::string user = TRY(owner_meant(deps, call, input.UserName));
    const auto deactivate = [&](model::MfaDevice& device, store::Transaction&) -> Result<void> {
        if (!is_enabled_for(device, user)) return not_enabled(*input.SerialNumber);
        device.enabled.reset();
        device.user.clear();
        return {};
    };
    return change_record<find_device>(deps, call, *input.SerialNumber, deactivate);
}

Result<Nothing> delete_device(const Deps& deps, const Call& call,
                              const api::DeleteVirtualMFADeviceRequest& input) {
    return store::retry_races([&]() -> Result<Nothing> {
        const auto stored = TRY(find_device(deps.store, call.account(), *input.SerialNumber));
        if (stored.record.enabled)
            return Error{Fault::conflict, "MFA VirtualDevice in use. Must deactivate first.",
                         "DeleteConflict"};
        TRY(deps.store.commit({{stored.unchanged()}, {store::erase(stored.key)}}));
        return Nothing{};
    });
}

Result<api::GetMFADeviceResponse> get_device(const Deps& deps, const Call& call,
                                             const api::GetMFADeviceRequest& input) {
    const std::string user = TRY(owner_meant(deps, call, input.UserName));
    const auto stored = TRY(find_device(deps.store, call.account(), *input.SerialNumber));
    if (!is_enabled_for(stored.record, user)) return not_enabled(*input.SerialNumber);
    api::GetMFADeviceResponse answer;
    answer.UserName = user.empty() ? std::string(root_name) : stored.record.user;
    answer.SerialNumber = *input.SerialNumber;
    answer.EnableDate = stored.record.enabled;
    return answer;
}

Result<api::ListMFADevicesResponse> list_devices(const Deps& deps, const Call& call,
                                                 const api::ListMFADevicesRequest& input) {
    const std::string user = TRY(owner_meant(deps, call, input.UserName));
    if (!user.empty()) TRY(find_user(deps.store, call.account(), user));
    auto devices = TRY(enabled_for(deps.store, call.account(), user));
    const auto shown_page = TRY(page(
        std::move(devices), [](const StoredDevice& device) { return device.key; }, input.Marker,
        input.MaxItems));
    api::ListMFADevicesResponse answer;
    for (const StoredDevice& device : shown_page.items) {
        api::MFADevice& last = answer.MFADevices.emplace_back();
        last.UserName = user.empty() ? std::string(root_name) : device.record.user;
        last.SerialNumber = access::mfa_arn(call.account(), device.record);
        last.EnableDate = device.record.enabled;
    }
    put_page(answer, shown_page);
    return answer;
}

Result<api::User> shown_owner(store::Store& store, const std::string& account, const std::string& user) {
    if (!user.empty()) return shown_in_list(account, TRY(find_user(store, account, user)).record);
    api::User root;
    root.Path = "/";
    root.UserId = account;
    root.Arn = model::iam_arn(account, "root");
    return root;
}

Result<api::ListVirtualMFADevicesResponse> list_virtual_devices(
    const Deps& deps, const Call& call, const api::ListVirtualMFADevicesRequest& input) {
    const std::string wanted = input.AssignmentStatus.value_or("Any");
    const auto shown_page = TRY(stored_page<model::MfaDevice>(
        deps.store, keys::mfa_devices(call.account()), input, [&](const model::MfaDevice& device) {
            return wanted == "Any" || device.enabled.has_value() == (wanted == "Assigned");
        }));
    api::ListVirtualMFADevicesResponse answer;
    for (const StoredDevice& device : shown_page.items) {
        api::VirtualMFADevice& last = answer.VirtualMFADevices.emplace_back();
        last.SerialNumber = access::mfa_arn(call.account(), device.record);
        if (!device.record.enabled) continue;
        last.EnableDate = device.record.enabled;
        last.User = TRY(shown_owner(deps.store, call.account(), device.record.user));
    }
    put_page(answer, shown_page);
    return answer;
}

Result<Nothing> tag_device(const Deps& deps, const Call& call, const api::TagMFADeviceRequest& input) {
    return tag_record<find_device>(deps, call, *input.SerialNumber, *input.Tags);
}

Result<Nothing> untag_device(const Deps& deps, const Call& call, const api::UntagMFADeviceRequest& input) {
    return untag_record<find_device>(deps, call, *input.SerialNumber, *input.TagKeys);
}

Result<api::ListMFADeviceTagsResponse> list_device_tags(const Deps& deps, const Call& call,
                                                        const api::ListMFADeviceTagsRequest& input) {
    const auto stored = TRY(find_device(deps.store, call.account(), *input.SerialNumber));
    return tags_page<api::ListMFADeviceTagsResponse>(stored.record.tags, input);
}

namespace ops = api::ops;

std::vector<std::string> created_device(const Call& call, const api::CreateVirtualMFADeviceRequest& input) {
    return below_account(call, "mfa", input.Path.value_or("/"), *input.VirtualMFADeviceName);
}

template <class Op>
gateway::Operation on_device(const Deps& deps, Function<Op> function) {
    const auto resources = [](const Call&, const typename Op::Input& input) {
        return std::vector<std::string>{*input.SerialNumber};
    };
    const auto find = [&store = deps.store](const Call& call, const typename Op::Input& input) {
        return find_device(store, call.account(), *input.SerialNumber);
    };
    return with_tags<Op>(row<Op>(deps, resources, function), find);
}

}  // namespace

Rows mfa_device_operations(const Deps& deps) {
    using Create = ops::CreateVirtualMFADevice;
    return {
        with_request_tags<Create>(row<Create>(deps, created_device, create_device)),
        on_user<ops::DeactivateMFADevice>(deps, deactivate_device),
        on_device<ops::DeleteVirtualMFADevice>(deps, delete_device),
        on_user<ops::EnableMFADevice>(deps, enable_device),
        on_user<ops::GetMFADevice>(deps, get_device),
        on_device<ops::ListMFADeviceTags>(deps, list_device_tags),
        on_user<ops::ListMFADevices>(deps, list_devices),
        on_all_resources<ops::ListVirtualMFADevices>(deps, list_virtual_devices),
        on_user<ops::ResyncMFADevice>(deps, resync_device),
        on_device<ops::TagMFADevice>(deps, tag_device),
        on_device<ops::UntagMFADevice>(deps, untag_device),
    };
}

}  // namespace countersign::iam
