#include "crypto/seal.h"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>

#include "crypto/digest.h"
#include "crypto/key_file.h"
#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_bytes = 4;  // of a key
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t secret_bytes_max = 1UL << 20;  // as large as a value of the store can be
constexpr char version_unnamed = 1;
constexpr char version_named = 2;

using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const EVP_CIPHER* aes_256_gcm() {
    static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    must(method != nullptr);
    return method;
}

// What is authenticated with a sealed text: its own start, and the caller's context.
struct Bound {
    std::string_view start;
    std::string_view context;
};

// A context with key and nonce set, to which that is already bound.
CipherContext begin_cipher(const Secret& key, std::string_view nonce, const Bound& bound, bool encrypt) {
    CipherContext cipher(EVP_CIPHER_CTX_new());
    must(cipher != nullptr && EVP_CipherInit_ex2(cipher.get(), aes_256_gcm(), octets(key.reveal()),
                                                 octets(nonce), encrypt ? 1 : 0, nullptr) == 1);
    must(bound.context.size() < secret_bytes_max);
    const std::string authenticated = std::string(bound.start) + std::string(bound.context);
    int length = 0;
    must(EVP_CipherUpdate(cipher.get(), nullptr, &length, octets(authenticated),
                          static_cast<int>(authenticated.size())) == 1);
    return cipher;
}

// What a key is called: nothing about it can be learned from its name.
std::string name_of(const Secret& key) {
    return std::string(hmac_sha256(key, "countersign sealing key").reveal().substr(0, name_bytes));
}

std::string digits_of(std::string_view name) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : name) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value / digits.size()];
        text += digits[value % digits.size()];
    }
    return text;
}

Error unknown_key(std::string_view name) {
    return Error{Fault::denied,
                 "a sealed value names the sealing key " + digits_of(name) +
                     ", which is not among those of the key file",
                 std::string(unknown_sealing_key)};
}

}  // namespace

SealingKey::SealingKey(const Secret& keys) {
    const std::string_view all = keys.reveal();
    must(!all.empty() && all.size() % sealing_key_bytes == 0);
    for (std::size_t i = 0; i < all.size(); i += sealing_key_bytes) {
        Secret bytes(all.substr(i, sealing_key_bytes));
        std::string name = name_of(bytes);
        keys_.push_back({std::move(bytes), std::move(name)});
    }
}

Result<SealingKey> SealingKey::load(const fs::path& file) {
    return SealingKey(TRY(read_key_file(file)));
}

Result<SealingKey> SealingKey::load_or_create(const fs::path& file, Random& random) {
    Result<SealingKey> present = load(file);
    if (present || present.error().fault != Fault::not_found) return present;
    TRY(create_key_file(file, random));
    return load(file);
}

Result<SealingKey> SealingKey::add_key(const fs::path& file, Random& random) {
    const auto with_another = [&](const Secret& keys) -> Result<Secret> {
        if (keys.reveal().size() >= sealing_keys_max * sealing_key_bytes)
            return Error{Fault::conflict,
                         file.string() + " has as many keys as there can be; drop the older ones"};
        const SealingKey known(keys);
        Secret fresh;
        do fresh = Secret(random.bytes(sealing_key_bytes));
        while (known.find(name_of(fresh)) != nullptr);
        std::string all(keys.reveal().size() + sealing_key_bytes, '\0');
        const WipedAtEnd wiped(all.data(), all.size());
        keys.reveal().copy(all.data(), keys.reveal().size());
        fresh.reveal().copy(all.data() + keys.reveal().size(), sealing_key_bytes);
        return Secret(std::string_view(all));
    };
    return SealingKey(TRY(change_key_file(file, with_another)));
}

Result<SealingKey> SealingKey::drop_older_keys(const fs::path& file, std::string_view newest) {
    const auto without_older = [&](const Secret& keys) -> Result<Secret> {
        if (SealingKey(keys).ids().back() != newest)
            return Error{Fault::conflict, file.string() + " has another newest key meanwhile"};
        return Secret(keys.reveal().substr(keys.reveal().size() - sealing_key_bytes));
    };
    return SealingKey(TRY(change_key_file(file, without_older)));
}

std::vector<std::string> SealingKey::ids() const {
    std::vector<std::string> ids;
    for (const Key& key : keys_) ids.push_back(digits_of(key.name));
    return ids;
}

const SealingKey::Key* SealingKey::find(std::string_view name) const {
    const auto found = std::ranges::find(keys_, name, &Key::name);
    return found == keys_.end() ? nullptr : &*found;
}

bool SealingKey::is_of_newest(std::string_view sealed) const {
    constexpr std::size_t start_letters =
        (1 + name_bytes + 2) / 3 * 4;  // of base64, which hold version and name
    const std::optional<std::string> start = bytes_of_base64(sealed.substr(0, start_letters));
    return start && start->starts_with(version_named + keys_.back().name);
}

std::string SealingKey::seal(const Secret& secret, std::string_view context, Random& random) const {
    const std::string_view plain = secret.reveal();
    must(plain.size() <= secret_bytes_max);
    const Key& key = keys_.back();
    const std::string start = version_named + key.name;
    const std::string nonce = random.bytes(nonce_bytes);
    const CipherContext cipher = begin_cipher(key.bytes, nonce, {start, context}, true);
    std::string hidden(plain.size(), '\0');
    std::string tag(tag_bytes, '\0');
    int length = 0;
    must(EVP_EncryptUpdate(cipher.get(), octets(hidden), &length, octets(plain),
                           static_cast<int>(plain.size())) == 1);
    must(EVP_EncryptFinal_ex(cipher.get(), octets(tag), &length) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag.data()) == 1);
    return to_base64(start + nonce + hidden + tag);
}

Result<Secret> SealingKey::open(std::string_view sealed, std::string_view context) const {
    const Error refused{Fault::denied,
                        "a sealed value does not open: it was altered, moved or sealed with another key"};
    if (sealed.size() > 2 * secret_bytes_max || context.size() >= secret_bytes_max) return refused;
    const std::optional<std::string> bytes = bytes_of_base64(sealed);
    if (!bytes || bytes->empty()) return refused;
    const bool named = bytes->front() == version_named;
    const std::size_t start_bytes = named ? 1 + name_bytes : 1;
    if (bytes->size() < start_bytes + nonce_bytes + tag_bytes ||
        (!named && bytes->front() != version_unnamed))
        return refused;
    const std::string_view whole(*bytes);
    const std::string_view start = whole.substr(0, start_bytes);
    const Key* key = named ? find(start.substr(1)) : &keys_.front();
    if (key == nullptr) return unknown_key(start.substr(1));
    const std::string_view nonce = whole.substr(start_bytes, nonce_bytes);
    const std::string_view hidden =
        whole.substr(start_bytes + nonce_bytes, whole.size() - start_bytes - nonce_bytes - tag_bytes);
    std::string tag(whole.substr(whole.size() - tag_bytes));

    const CipherContext cipher = begin_cipher(key->bytes, nonce, {start, context}, false);
    std::string plain(hidden.size(), '\0');
    const WipedAtEnd wiped(plain.data(), plain.size());
    int length = 0;
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1);
    const bool opens = EVP_DecryptUpdate(cipher.get(), octets(plain), &length, octets(hidden),
                                         static_cast<int>(hidden.size())) == 1 &&
                       EVP_DecryptFinal_ex(cipher.get(), octets(tag), &length) == 1;
    if (!opens) return refused;
    return Secret(std::string_view(plain));
}

}  // namespace countersign::crypto
