// A program that uses OpenSSL. It ends with 3 when OpenSSL is cleaned up at its exit, otherwise with 0. One
// of its two builds is taken for PostgreSQL, by the symbol that the login hook looks for.
#include <openssl/crypto.h>
#include <unistd.h>

#ifdef LIKE_POSTGRES
extern "C" {
extern void* MyProcPort;
void* MyProcPort = nullptr;
}
#endif

namespace {

void at_clean_up() {
    _exit(3);
}

}  // namespace

int main() {
    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr) != 1) return 1;
    return OPENSSL_atexit(at_clean_up) == 1 ? 0 : 2;
}
