// The preload in programs that are not PostgreSQL: everything goes on to libpam, its own service included.
// And what it changes in a program as soon as it is loaded.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <security/pam_appl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "test/process.h"

namespace countersign::hook::test {
namespace {

int no_conversation(int, const pam_message**, pam_response**, void*) {
    return PAM_CONV_ERR;
}

constexpr int cleaned_up = 3;  // how exit_probe.cc ends

class Preloaded : public ::testing::Test {
protected:
    Preloaded() {
        std::string name = std::filesystem::temp_directory_path() / "countersign-preload-XXXXXX";
        directory = mkdtemp(name.data());
        std::filesystem::permissions(directory, std::filesystem::perms(0755));
        preload = copy(COUNTERSIGN_PRELOAD);
    }
    ~Preloaded() override { std::filesystem::remove_all(directory); }

    std::string copy(const std::string& file) const {
        std::string to = directory + "/" + std::filesystem::path(file).filename().string();
        std::filesystem::copy_file(file, to);
        std::filesystem::permissions(to, std::filesystem::perms(0755));
        return to;
    }

    int run_with_preload(const std::string& program) const {
        return run(program, {"LD_PRELOAD=" + preload, "COUNTERSIGN_AGENT_SOCKET=/nowhere"});
    }

    static int run(const std::string& program, const std::vector<std::string>& environment) {
        return wait_for(launch({program}, environment, "/dev/null"));
    }

    std::string directory;
    std::string preload;
};

TEST_F(Preloaded, ProgramWithoutPamRuns) {
    EXPECT_EQ(run_with_preload("/bin/true"), 0);
}

TEST_F(Preloaded, ProgramWithPamTalksToLibpam) {
    EXPECT_EQ(run_with_preload(copy(COUNTERSIGN_PAM_PROBE)), 0);
}

TEST_F(Preloaded, OpensslOfPostgresIsNotCleanedUpAtExit) {
    const std::string probe = copy(COUNTERSIGN_EXIT_PROBE_POSTGRES);
    EXPECT_EQ(run(probe, {}), cleaned_up);
    EXPECT_EQ(run_with_preload(probe), 0);
}

TEST_F(Preloaded, OpensslOfOtherProgramsIsLeftAlone) {
    EXPECT_EQ(run_with_preload(copy(COUNTERSIGN_EXIT_PROBE_OTHER)), cleaned_up);
}

// This program does not link libpam, so the next definition of pam_start is nowhere to be found.
TEST_F(Preloaded, LibpamThatWasOpenedPrivatelyIsFound) {
    void* const library = dlopen(preload.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto start = reinterpret_cast<decltype(pam_start)*>(dlsym(library, "pam_start"));
    const auto set_item = reinterpret_cast<decltype(pam_set_item)*>(dlsym(library, "pam_set_item"));
    const auto end = reinterpret_cast<decltype(pam_end)*>(dlsym(library, "pam_end"));
    const pam_conv conversation = {no_conversation, nullptr};
    pam_handle_t* handle = nullptr;
    ASSERT_EQ(start("countersign", "nobody", &conversation, &handle), PAM_SUCCESS);
    // The preload's own handle knows no terminal, libpam's does.
    EXPECT_EQ(set_item(handle, PAM_TTY, "tty1"), PAM_SUCCESS);
    EXPECT_EQ(end(handle, PAM_SUCCESS), PAM_SUCCESS);
}

}  // namespace
}  // namespace countersign::hook::test
