#include "databases/disk_encryption.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace countersign::databases {
namespace {

namespace fs = std::filesystem;

// The part of /sys that tells of block devices.
class DiskEncryption : public ::testing::Test {
protected:
    DiskEncryption() {
        char name[] = "/tmp/countersign-sys-XXXXXX";
        sys_ = ::mkdtemp(name);
        fs::create_directories(sys_ / "dev/block");
    }
    ~DiskEncryption() override { fs::remove_all(sys_); }

    void add(const std::string& number, const std::string& name, const std::string& uuid,
             const std::vector<std::string>& below = {}) {
        const fs::path device = sys_ / "devices" / name;
        fs::create_directories(device / "slaves");
        fs::create_directory_symlink(device, sys_ / "dev/block" / number);
        if (!uuid.empty()) {
            fs::create_directories(device / "dm");
            std::ofstream(device / "dm/uuid") << uuid << '\n';
        }
        for (const std::string& one : below)
            fs::create_directory_symlink(sys_ / "devices" / one, device / "slaves" / one);
    }

    fs::path sys_;
};

TEST_F(DiskEncryption, OnlyWhatIsEncryptedAllTheWayDownIs) {
    add("8:1", "sda1", "");
    add("8:2", "sdb1", "");
    add("253:0", "dm-0", "CRYPT-LUKS2-0a1b-cryptroot", {"sda1"});
    add("253:1", "dm-1", "LVM-0a1b", {"dm-0"});
    add("253:2", "dm-2", "LVM-0a1c", {"dm-0", "sdb1"});
    add("253:3", "dm-3", "LVM-0a1d", {"sdb1"});
    EXPECT_TRUE(is_encrypted_device(253, 0, sys_));
    EXPECT_TRUE(is_encrypted_device(253, 1, sys_));
    EXPECT_FALSE(is_encrypted_device(8, 1, sys_));
    EXPECT_FALSE(is_encrypted_device(253, 2, sys_)) << "half of it is not";
    EXPECT_FALSE(is_encrypted_device(253, 3, sys_));
    EXPECT_FALSE(is_encrypted_device(0, 42, sys_)) << "no block device";
}

TEST_F(DiskEncryption, WhatOnlyChecksWhatIsReadDoesNotEncrypt) {
    add("253:0", "dm-0", "CRYPT-INTEGRITY-0a1b-checked");
    add("253:1", "dm-1", "CRYPT-VERITY-0a1c-root");
    add("253:2", "dm-2", "CRYPT-PLAIN-swap");
    EXPECT_FALSE(is_encrypted_device(253, 0, sys_));
    EXPECT_FALSE(is_encrypted_device(253, 1, sys_));
    EXPECT_TRUE(is_encrypted_device(253, 2, sys_));
}

TEST_F(DiskEncryption, DevicesBelowEachOtherEndSomewhere) {
    add("253:0", "dm-0", "LVM-0a1b");
    fs::create_directory_symlink(sys_ / "devices/dm-0", sys_ / "devices/dm-0/slaves/dm-0");
    EXPECT_FALSE(is_encrypted_device(253, 0, sys_));
}

TEST_F(DiskEncryption, AFileThatIsNotThereIsOnNoDevice) {
    EXPECT_FALSE(is_on_encrypted_device("/nonexistent/file", sys_));
}

}  // namespace
}  // namespace countersign::databases
