// A process that is killed in the middle of its commits loses none that it was told of, and leaves none half
// done.
#include <sys/wait.h>
#include <unistd.h>
#include <climits>

#include <csignal>
#include <random>

#include "store/contract.h"
#include "store/sqlite.h"

namespace countersign::store {

namespace {

constexpr int rounds = 20;
constexpr int commits_max = 40;  // that a round waits for before it kills

// What the child was told: the nth transaction of a round has this revision.
struct Acknowledged {
    int n = 0;
    Revision revision = 0;
};

std::string id_of(int round, int n) {
    return std::to_string(round) + "/" + std::to_string(n);
}

Transaction transaction_of(int round, int n) {
    const std::string id = id_of(round, n);
    return Transaction{{}, {Write{"left", id}, Write{"right", id}, Write{"each/" + id, id}}, id};
}

[[noreturn]] void commit_forever(const std::filesystem::path& file, int round, int answers) {
    const Result<std::unique_ptr<Store>> store = open_sqlite(file, {.revisions = 30, .interval = 5});
    if (!store) ::_exit(1);
    for (int n = 1;; ++n) {
        const Result<Revision> done = (*store)->commit(transaction_of(round, n));
        if (!done) ::_exit(2);
        const Acknowledged answer{n, *done};
        if (::write(answers, &answer, sizeof answer) != sizeof answer) ::_exit(3);
    }
}

std::vector<Acknowledged> read_answers(int answers, int count) {
    std::vector<Acknowledged> all;
    Acknowledged answer;
    while (static_cast<int>(all.size()) < count && ::read(answers, &answer, sizeof answer) == sizeof answer)
        all.push_back(answer);
    return all;
}

// Runs a child, kills it after some answers, and returns all that it was told.
std::vector<Acknowledged> crash(const std::filesystem::path& file, int round, int answers_wanted) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) commit_forever(file, round, ends[1]);
    ::close(ends[1]);
    std::vector<Acknowledged> all = read_answers(ends[0], answers_wanted);
    ::kill(child, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    for (const Acknowledged& late : read_answers(ends[0], INT_MAX)) all.push_back(late);
    ::close(ends[0]);
    return all;
}

void check_all_there(Store& store, int round, const std::vector<Acknowledged>& acknowledged) {
    for (const Acknowledged& each : acknowledged) {
        const std::string id = id_of(round, each.n);
        const auto entry = store.get("each/" + id);
        ASSERT_TRUE(entry && *entry) << "lost: " << id;
        ASSERT_EQ((*entry)->modified, each.revision);
        ASSERT_EQ(*store.find_commit(id), each.revision);
    }
    ASSERT_GE(store.revision(), acknowledged.back().revision);
    const auto left = store.get("left");
    const auto right = store.get("right");
    ASSERT_TRUE(left && *left && right && *right);
    EXPECT_EQ((*left)->value, (*right)->value);
    EXPECT_EQ((*left)->modified, (*right)->modified);
    EXPECT_EQ((*left)->modified, store.revision());
    EXPECT_EQ(value_of(store, "each/" + (*left)->value), (*left)->value);
}

TEST(SqliteCrash, KillLosesNothingThatWasAcknowledged) {
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "state.db";
    std::mt19937 random(20);
    std::uniform_int_distribution<int> some(1, commits_max);
    Revision before = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::vector<Acknowledged> acknowledged = crash(file, round, some(random));
        ASSERT_FALSE(acknowledged.empty());
        const Result<std::unique_ptr<Store>> store = open_sqlite(file);
        ASSERT_TRUE(store) << store.error().message;
        check_all_there(**store, round, acknowledged);
        EXPECT_GT((*store)->revision(), before);
        before = (*store)->revision();
    }
}

}  // namespace
}  // namespace countersign::store
