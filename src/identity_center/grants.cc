#include "identity_center/grants.h"

#include <algorithm>
#include <cctype>

#include "base/network.h"
#include "crypto/digest.h"
#include "federation/base64url.h"
#include "formats/encoding.h"

namespace countersign::identity_center {

namespace {

constexpr std::size_t waiting_max = 1000;
constexpr std::size_t waiting_of_one_max = 50;
constexpr std::size_t grant_secret_bytes = 32;
// No vowels, so that no word comes of it, and nothing that looks like a digit.
constexpr std::string_view user_code_alphabet = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t user_code_half = 4;

std::string normal(const std::string& user_code) {
    std::string letters;
    for (const char c : user_code)
        if (std::isalpha(static_cast<unsigned char>(c)) != 0)
            letters += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return letters;
}

std::string with_dash(const std::string& letters) {
    return letters.substr(0, user_code_half) + '-' + letters.substr(user_code_half);
}

Error too_many() {
    return Error{Fault::throttled, "Too many programs wait for an answer; try again in a few minutes"};
}

}  // namespace

std::string shown_user_code(const std::string& typed) {
    const std::string letters = normal(typed);
    return letters.size() == 2 * user_code_half ? with_dash(letters) : std::string();
}

void Grants::forget_old(Instant now) {
    for (auto one = devices_.begin(); one != devices_.end();) {
        const bool old = now - one->second.waiting.begun >= device_life;
        if (old) by_digest_.erase(crypto::sha256_hex(one->second.device_code));
        one = old ? devices_.erase(one) : std::next(one);
    }
    std::erase_if(codes_, [&](const auto& one) { return now - one.second.begun >= code_life; });
}

// Whoever holds the most places gives one up.
void Grants::drop_oldest_of_greatest(const std::map<std::string, std::size_t>& held) {
    const auto greatest = std::ranges::max_element(held, {}, [](const auto& one) { return one.second; });
    auto oldest = devices_.end();
    for (auto one = devices_.begin(); one != devices_.end(); ++one) {
        const WaitingDevice& waiting = one->second.waiting;
        if (network_of(waiting.address) != greatest->first) continue;
        if (oldest == devices_.end() || waiting.begun < oldest->second.waiting.begun) oldest = one;
    }
    if (oldest == devices_.end()) return;
    by_digest_.erase(crypto::sha256_hex(oldest->second.device_code));
    devices_.erase(oldest);
}

Result<DeviceCodes> Grants::start_device(WaitingDevice waiting) {
    const MutexLock lock(mutex_);
    forget_old(waiting.begun);
    std::map<std::string, std::size_t> held;
    for (const auto& [code, one] : devices_) ++held[network_of(one.waiting.address)];
    if (held[network_of(waiting.address)] >= waiting_of_one_max) return too_many();
    if (devices_.size() >= waiting_max) drop_oldest_of_greatest(held);
    std::string letters = crypto::random_text(random_, user_code_alphabet, 2 * user_code_half);
    while (devices_.contains(letters))
        letters = crypto::random_text(random_, user_code_alphabet, 2 * user_code_half);
    Device device{std::move(waiting), formats::hex(random_.bytes(grant_secret_bytes))};
    DeviceCodes codes{device.device_code, with_dash(letters)};
    by_digest_[crypto::sha256_hex(device.device_code)] = letters;
    devices_.emplace(letters, std::move(device));
    return codes;
}

Grants::Device* Grants::find(const std::string& user_code, Instant now) {
    forget_old(now);
    const auto found = devices_.find(normal(user_code));
    if (found == devices_.end() || found->second.answer != DeviceAnswer::pending) return nullptr;
    return &found->second;
}

std::optional<WaitingDevice> Grants::find_device(const std::string& user_code, Instant now) {
    const MutexLock lock(mutex_);
    const Device* const device = find(user_code, now);
    if (device == nullptr) return std::nullopt;
    return device->waiting;
}

bool Grants::settle(const std::string& user_code, DeviceAnswer answer, const Person& person, Instant now) {
    const MutexLock lock(mutex_);
    Device* const device = find(user_code, now);
    if (device == nullptr) return false;
    device->answer = answer;
    device->person = person;
    return true;
}

bool Grants::approve(const std::string& user_code, const Person& person, Instant now) {
    return settle(user_code, DeviceAnswer::approved, person, now);
}

bool Grants::deny(const std::string& user_code, Instant now) {
    return settle(user_code, DeviceAnswer::denied, {}, now);
}

Polled Grants::poll(const std::string& device_code, const std::string& client_id, Instant now) {
    const MutexLock lock(mutex_);
    forget_old(now);
    const auto code = by_digest_.find(crypto::sha256_hex(device_code));
    if (code == by_digest_.end()) return {};
    const auto found = devices_.find(code->second);
    Device& device = found->second;
    if (device.waiting.client.id != client_id) return {};
    const bool too_soon = now - device.polled < std::chrono::milliseconds(poll_interval) / 2;
    device.polled = now;
    if (device.answer == DeviceAnswer::pending)
        return {too_soon ? DeviceAnswer::too_soon : DeviceAnswer::pending, {}, {}};
    Polled polled{device.answer, device.waiting.client, device.person};
    by_digest_.erase(code);
    devices_.erase(found);
    return polled;
}

Result<std::string> Grants::new_code(CodeGrant grant) {
    const MutexLock lock(mutex_);
    forget_old(grant.begun);
    if (codes_.size() >= waiting_max) return too_many();
    std::string code = formats::hex(random_.bytes(grant_secret_bytes));
    codes_.emplace(crypto::sha256_hex(code), std::move(grant));
    return code;
}

std::optional<CodeGrant> Grants::take_code(const std::string& code, const std::string& client_id,
                                           const std::string& redirect_uri, const std::string& verifier,
                                           Instant now) {
    const MutexLock lock(mutex_);
    forget_old(now);
    const auto node = codes_.extract(crypto::sha256_hex(code));
    if (node.empty()) return std::nullopt;
    const CodeGrant& grant = node.mapped();
    const std::string challenge = federation::base64url(crypto::sha256(verifier));
    if (grant.client.id != client_id || grant.redirect_uri != redirect_uri || grant.challenge != challenge)
        return std::nullopt;
    return grant;
}

}  // namespace countersign::identity_center
