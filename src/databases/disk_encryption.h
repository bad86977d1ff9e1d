// Whether what is written to a file system is encrypted at rest, as far as the kernel tells.
#pragma once

#include <filesystem>

namespace countersign::databases {

// True for a file system on a block device of dm-crypt (LUKS), also with LVM or RAID in between, if all that
// lies below is encrypted. False where it is not known: overlays, networks, file systems that encrypt by
// themselves. Source: Linux, Documentation/ABI/testing/sysfs-block-dm.
bool is_on_encrypted_device(const std::filesystem::path& file, const std::filesystem::path& sys = "/sys");

// The same of one device, MAJOR:MINOR.
bool is_encrypted_device(unsigned major, unsigned minor, const std::filesystem::path& sys);

}  // namespace countersign::databases
