#include "crypto/ssh_key.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/openssl.h"
#include "crypto/test_key.h"
#include "crypto/test_ssh_keys.h"

namespace countersign::crypto {
namespace {

TEST(SshKey, IsTheSameInEveryForm) {
    for (const std::string& form :
         {ssh_line, ssh_line + " jane@example.com", ssh_line + " two words\n", '\n' + ssh_pem, ssh_rsa_pem,
          "\xEF\xBB\xBF" + ssh_line, ssh_pem.substr(0, ssh_pem.size() - 1)}) {
        const auto key = read_ssh_key(form);
        ASSERT_TRUE(key) << form;
        EXPECT_EQ(key->line, ssh_line);
        EXPECT_EQ(key->pem, ssh_pem);
        EXPECT_EQ(key->fingerprint, ssh_fingerprint);
        EXPECT_EQ(key->came_as_pem, form.find("BEGIN") != std::string::npos);
    }
}

TEST(SshKey, IsRsa) {
    const std::string ec_pem =
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
        "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
        "-----END PUBLIC KEY-----\n";
    for (const std::string& other :
         {ssh_other_family, std::string("ssh-rsa"), std::string(), ec_pem, std::string("nothing"),
          TestKey::ec().private_pem(), TestKey::ec().certificate_pem()}) {
        const auto key = read_ssh_key(other);
        ASSERT_FALSE(key) << other;
        EXPECT_EQ(key.error().fault, Fault::unsupported) << other;
    }
}

TEST(SshKey, IsWhole) {
    const std::string base64 = ssh_line.substr(8);
    const std::string bytes = *bytes_of_base64(base64);
    const auto line = [](const std::string& of) { return "ssh-rsa " + to_base64(of); };
    std::string huge_length = bytes;
    huge_length[0] = '\xFF';
    std::string other_name = bytes;
    other_name[4] = 'x';
    const std::vector<std::string> broken{
        line(bytes.substr(0, bytes.size() - 1)),
        line(bytes + 'x'),
        line(bytes.substr(0, 3)),
        line(huge_length),
        line(other_name),
        "ssh-rsa " + base64.substr(1),
        "ssh-rsa !",
        ssh_line + "\n" + ssh_line,
        ssh_pem + ssh_pem,
        ssh_pem.substr(0, 200),
        ssh_line + ' ' + std::string(17UL * 1024, 'x'),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    };
    for (const std::string& text : broken) {
        const auto key = read_ssh_key(text);
        ASSERT_FALSE(key) << text;
        EXPECT_EQ(key.error().fault, Fault::invalid) << text;
    }
}

TEST(SshKey, IsStrong) {
    const TestKey weak = TestKey::rsa(1024);
    std::string bytes("\0\0\0\7ssh-rsa\0\0\0\3\1\0\1\0\0\0\x81\0", 23);
    bytes += weak.modulus();
    const auto key = read_ssh_key("ssh-rsa " + to_base64(bytes));
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().message, "the public key must have 2048 to 8192 bits");
}

}  // namespace
}  // namespace countersign::crypto
