#include "databases/isolation/enclosure.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>

#include "databases/isolation/landlock.h"

namespace countersign::databases::isolation {
namespace {

namespace fs = std::filesystem;

class EnclosureTest : public ::testing::Test {
protected:
    EnclosureTest() {
        std::string pattern = fs::temp_directory_path() / "enclosure-XXXXXX";
        dir_ = mkdtemp(pattern.data());
        for (const char* part :
             {"databases/one/data", "databases/one/log", "databases/two/data", "run/one", "lib"})
            fs::create_directories(dir_ / part);
        for (const char* file :
             {"secret", "databases/one/data/own", "databases/one/kept", "databases/two/data/other"})
            std::ofstream(dir_ / file) << "text";
    }
    ~EnclosureTest() override { fs::remove_all(dir_); }

    Places places() const {
        return {dir_, dir_ / "databases/one", dir_ / "run/one", dir_ / "lib", "/bin/sh", further_};
    }

    // What an enclosed process says of a condition; nothing when it could not be enclosed.
    std::optional<bool> inside(const Means& means, const std::function<bool()>& condition) const {
        const pid_t child = ::fork();
        if (child == 0) {
            if (!enclose(places(), means)) ::_exit(2);
            ::_exit(condition() ? 1 : 0);
        }
        int status = 0;
        if (::waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 2)
            return std::nullopt;
        return WEXITSTATUS(status) == 1;
    }
    static bool opens(const fs::path& file, int how) {
        const int descriptor = ::open(file.c_str(), how | O_CLOEXEC, 0600);
        if (descriptor >= 0) ::close(descriptor);
        return descriptor >= 0;
    }

    void expect_files_are_closed(const Means& means) const {
        const fs::path own = dir_ / "databases/one/data/own";
        EXPECT_EQ(inside(means, [&] { return opens(own, O_RDWR); }), true);
        EXPECT_EQ(inside(means, [&] { return opens(dir_ / "databases/one/log/new", O_WRONLY | O_CREAT); }),
                  true);
        EXPECT_EQ(inside(means, [&] { return opens(dir_ / "run/one/new", O_WRONLY | O_CREAT); }), true);
        for (const char* file : {"secret", "databases/two/data/other", "databases/one/kept"}) {
            EXPECT_EQ(inside(means, [&] { return opens(dir_ / file, O_RDONLY); }), false) << file;
            EXPECT_EQ(inside(means, [&] { return opens(dir_ / file, O_WRONLY); }), false) << file;
        }
        EXPECT_EQ(inside(means, [&] { return opens(dir_ / "databases/one/new", O_WRONLY | O_CREAT); }),
                  false);
        EXPECT_EQ(inside(means, [] { return opens("/etc/passwd", O_RDONLY); }), true);
    }

    fs::path dir_;
    std::vector<fs::path> further_;
};

TEST_F(EnclosureTest, NamespacesShowItsOwnPlacesAlone) {
    const Means means = available_means(dir_, [] { return true; });
    if (!means.namespaces) GTEST_SKIP() << "this user may not have namespaces here";
    const Means namespaces{true, 0};
    expect_files_are_closed(namespaces);
    EXPECT_EQ(inside(namespaces, [&] { return ::chmod((dir_ / "secret").c_str(), 0777) == 0; }), false);
    EXPECT_EQ(inside(namespaces, [&] { return fs::exists(dir_ / "databases/two"); }), false);
}

TEST_F(EnclosureTest, LandlockClosesFilesAndSignals) {
    const int abi = landlock_abi();
    if (abi == 0) GTEST_SKIP() << "this kernel has no Landlock";
    const Means landlock{false, abi};
    expect_files_are_closed(landlock);
    EXPECT_EQ(inside(landlock, [&] { return opens(dir_ / "new", O_WRONLY | O_CREAT); }), false);
    EXPECT_EQ(inside(landlock, [&] { return ::symlink("/", (dir_ / "run/one/link").c_str()) == 0; }), false);
    EXPECT_EQ(
        inside(landlock, [&] { return ::symlink("/", (dir_ / "databases/one/data/link").c_str()) == 0; }),
        true);
    if (abi < landlock_with_signals) return;
    const pid_t parent = ::getpid();
    EXPECT_EQ(inside(landlock, [parent] { return ::kill(parent, 0) == 0; }), false);
}

TEST_F(EnclosureTest, LandlockLetsProgramsOfOtherPlacesIn) {
    const int abi = landlock_abi();
    if (abi == 0) GTEST_SKIP() << "this kernel has no Landlock";
    const fs::path file = dir_ / "elsewhere/17/share/file";
    for (const char* part : {"bin", "share"}) fs::create_directories(dir_ / "elsewhere/17" / part);
    std::ofstream(file) << "text";
    std::ofstream(dir_ / "elsewhere/17/bin/postgres") << "text";
    const Means landlock{false, abi};
    EXPECT_EQ(inside(landlock, [&] { return opens(file, O_RDONLY); }), false);
    further_ = {dir_ / "elsewhere/17/bin/postgres"};
    EXPECT_EQ(inside(landlock, [&] { return opens(file, O_RDONLY); }), true);
    EXPECT_EQ(inside(landlock, [&] { return opens(file, O_WRONLY); }), false);
}

TEST_F(EnclosureTest, WhatIsMissingIsSaid) {
    EXPECT_EQ(gaps_of({true, landlock_with_signals}), "");
    EXPECT_NE(gaps_of({true, landlock_with_signals - 1}), "");
    EXPECT_NE(gaps_of({false, landlock_with_signals}), "");
    EXPECT_NE(gaps_of({}), "");
    EXPECT_EQ(to_text({true, 7}), "namespaces, landlock 7");
    EXPECT_EQ(to_text({}), "nothing");
}

}  // namespace
}  // namespace countersign::databases::isolation
