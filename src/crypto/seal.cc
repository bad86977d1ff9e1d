#include "crypto/seal.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "crypto/openssl.h"

namespace countersign::crypto {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t overhead_bytes = 1 + nonce_bytes + tag_bytes;
constexpr std::size_t secret_bytes_max = 1UL << 20;  // as large as a value of the store can be
constexpr char version = 1;

using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const EVP_CIPHER* aes_256_gcm() {
    static const EVP_CIPHER* const method = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    must(method != nullptr);
    return method;
}

// A context with key and nonce set, to which the version and the caller's context are already bound.
CipherContext begin_cipher(const Secret& key, std::string_view nonce, std::string_view bound, bool encrypt) {
    CipherContext cipher(EVP_CIPHER_CTX_new());
    must(cipher != nullptr && EVP_CipherInit_ex2(cipher.get(), aes_256_gcm(), octets(key.reveal()),
                                                 octets(nonce), encrypt ? 1 : 0, nullptr) == 1);
    must(bound.size() < secret_bytes_max);
    const std::string authenticated = version + std::string(bound);
    int length = 0;
    must(EVP_CipherUpdate(cipher.get(), nullptr, &length, octets(authenticated),
                          static_cast<int>(authenticated.size())) == 1);
    return cipher;
}

// A file descriptor that is closed when it goes.
class File {
public:
    File(const fs::path& path, int flags, mode_t mode = 0)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

Error failed(const char* what, const fs::path& file, int reason) {
    return Error{
        reason == ENOENT ? Fault::not_found : Fault::internal,
        "cannot " + std::string(what) + " " + file.string() + ": " + std::generic_category().message(reason)};
}

// Up to one byte more than a key has, so that a longer file shows.
std::optional<Secret> read_key(int descriptor) {
    std::array<char, key_bytes + 1> buffer;
    const WipedAtEnd wiped(buffer.data(), buffer.size());
    std::size_t filled = 0;
    ssize_t got = 1;
    while (got != 0 && filled < buffer.size()) {
        got = ::read(descriptor, buffer.data() + filled, buffer.size() - filled);
        if (got < 0 && errno != EINTR) return std::nullopt;
        if (got > 0) filled += static_cast<std::size_t>(got);
    }
    return Secret(std::string_view(buffer.data(), filled));
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::write(descriptor, bytes.data(), bytes.size());
        if (wrote < 0 && errno != EINTR) return false;
        if (wrote > 0) bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return true;
}

Result<void> sync_directory(const fs::path& file) {
    const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const File opened(directory, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open() || ::fsync(opened.descriptor()) != 0) return failed("sync", directory, errno);
    return {};
}

Result<void> write_synced(const fs::path& file, const Secret& key) {
    const File opened(file, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    if (!opened.is_open()) return failed("create", file, errno);
    if (!write_all(opened.descriptor(), key.reveal())) return failed("write", file, errno);
    if (::fsync(opened.descriptor()) != 0) return failed("sync", file, errno);
    return {};
}

// Makes the file whole or not at all. A file that another process made meanwhile stays: it is in use already.
Result<void> create_key_file(const fs::path& file, Random& random) {
    fs::path fresh = file;
    fresh += ".new-" + random_uuid(random);
    Result<void> written = write_synced(fresh, Secret(random.bytes(key_bytes)));
    const bool placed = written && ::link(fresh.c_str(), file.c_str()) == 0;
    const int reason = errno;
    ::unlink(fresh.c_str());
    if (!written) return written;
    if (!placed && reason != EEXIST) return failed("create", file, reason);
    return sync_directory(file);
}

}  // namespace

SealingKey::SealingKey(Secret key) : key_(std::move(key)) {
    must(key_.reveal().size() == key_bytes);
}

Result<SealingKey> SealingKey::load(const fs::path& file) {
    const File opened(file, O_RDONLY | O_NONBLOCK);
    if (!opened.is_open()) return failed("open", file, errno);
    struct stat status = {};
    if (::fstat(opened.descriptor(), &status) != 0) return failed("examine", file, errno);
    if (!S_ISREG(status.st_mode)) return Error{Fault::denied, file.string() + " is not a plain file"};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{Fault::denied,
                     file.string() + " is open to others than its owner; set its mode to 0600"};
    std::optional<Secret> key = read_key(opened.descriptor());
    if (!key) return failed("read", file, errno);
    if (key->reveal().size() != key_bytes)
        return Error{Fault::invalid, file.string() + " does not hold a key of 32 bytes"};
    return SealingKey(*std::move(key));
}

Result<SealingKey> SealingKey::load_or_create(const fs::path& file, Random& random) {
    Result<SealingKey> present = load(file);
    if (present || present.error().fault != Fault::not_found) return present;
    TRY(create_key_file(file, random));
    return load(file);
}

std::string SealingKey::seal(const Secret& secret, std::string_view context, Random& random) const {
    const std::string_view plain = secret.reveal();
    must(plain.size() <= secret_bytes_max);
    const std::string nonce = random.bytes(nonce_bytes);
    const CipherContext cipher = begin_cipher(key_, nonce, context, true);
    std::string hidden(plain.size(), '\0');
    std::string tag(tag_bytes, '\0');
    int length = 0;
    must(EVP_EncryptUpdate(cipher.get(), octets(hidden), &length, octets(plain),
                           static_cast<int>(plain.size())) == 1);
    must(EVP_EncryptFinal_ex(cipher.get(), octets(tag), &length) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag.data()) == 1);
    return to_base64(version + nonce + hidden + tag);
}

Result<Secret> SealingKey::open(std::string_view sealed, std::string_view context) const {
    const Error refused{Fault::denied,
                        "a sealed value does not open: it was altered, moved or sealed with another key"};
    if (sealed.size() > 2 * secret_bytes_max || context.size() >= secret_bytes_max) return refused;
    std::optional<std::string> bytes = bytes_of_base64(sealed);
    if (!bytes || bytes->size() < overhead_bytes || bytes->front() != version) return refused;
    const std::string_view whole(*bytes);
    const std::string_view hidden = whole.substr(1 + nonce_bytes, whole.size() - overhead_bytes);
    std::string tag(whole.substr(whole.size() - tag_bytes));

    const CipherContext cipher = begin_cipher(key_, whole.substr(1, nonce_bytes), context, false);
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
