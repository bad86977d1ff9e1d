#include "databases/plan.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

namespace countersign::databases {
namespace {

constexpr std::array fates = {Fate::unknown, Fate::deleted, Fate::kept};
constexpr std::array shown_all = {Shown::settled, Shown::configuring_access, Shown::resetting_password,
                                  Shown::failed, Shown::other};

bool bit(unsigned bits, unsigned index) {
    return ((bits >> index) & 1U) != 0;
}

// Every wish with every sight.
void for_all(const std::function<void(const Wanted&, const Seen&)>& check) {
    for (const Fate fate : fates)
        for (const Shown shown : shown_all)
            for (unsigned bits = 0; bits < (1U << 14); ++bits)
                check({fate, bit(bits, 0), bit(bits, 1), bit(bits, 2), bit(bits, 3)},
                      {bit(bits, 4), bit(bits, 5), bit(bits, 6), bit(bits, 7), bit(bits, 8), bit(bits, 9),
                       bit(bits, 10), bit(bits, 11), bit(bits, 12), bit(bits, 13), shown});
}

// What a step that succeeds changes.
void apply(Step step, Wanted& wanted, Seen& seen) {
    seen.broken = false;
    switch (step) {
        case Step::rest:
            return;
        case Step::make_storage:
            seen.storage = true;
            return;
        case Step::record_storage:
            seen.storage_recorded = true;
            return;
        case Step::start:
            seen.process = seen.access_current = true;
            return;
        case Step::make_accounts:
            seen.accounts = true;
            return;
        case Step::mend_boundary:
            seen.breached = false;
            return;
        case Step::record_iam_lost:
            seen.iam_role_gone = seen.access_current = false;
            return;
        case Step::apply_access:
            seen.access_current = true;
            seen.iam_role_gone = false;
            return;
        case Step::record_access:
            wanted.access_change = false;
            return;
        case Step::set_password:
            wanted.password_change = false;
            return;
        case Step::renew_certificate:
            seen.certificate_due = false;
            return;
        case Step::stop:
            seen.process = false;
            return;
        case Step::forget_member:
            wanted.member_leaving = false;
            return;
        case Step::remove_storage:
            seen.storage = false;
            return;
        case Step::forget:
            wanted.fate = Fate::unknown;
            return;
        case Step::show_configuring:
            seen.shown = Shown::configuring_access;
            return;
        case Step::show_resetting:
            seen.shown = Shown::resetting_password;
            return;
        case Step::show_failed:
            seen.shown = Shown::failed;
            return;
        case Step::show_settled:
            seen.shown = Shown::settled;
            return;
    }
}

TEST(Plan, EveryMoveHasAReasonAndAName) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        const Move move = next_move(wanted, seen);
        ASSERT_FALSE(move.because.empty());
        ASSERT_NE(name_of(move.step), "unknown");
    });
}

TEST(Plan, DataIsRemovedOnlyWhenWishedDeletedAndStopped) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        if (next_move(wanted, seen).step != Step::remove_storage) return;
        ASSERT_EQ(wanted.fate, Fate::deleted);
        ASSERT_FALSE(seen.process);
    });
}

TEST(Plan, RecordsAreForgottenOnlyWhenNothingIsLeft) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        if (next_move(wanted, seen).step != Step::forget) return;
        ASSERT_EQ(wanted.fate, Fate::deleted);
        ASSERT_FALSE(seen.process || seen.storage);
    });
}

TEST(Plan, DataThatWasRecordedIsNeverMadeAnew) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        if (next_move(wanted, seen).step != Step::make_storage) return;
        ASSERT_FALSE(seen.storage || seen.storage_recorded);
    });
}

TEST(Plan, ARunningServerIsStoppedOnlyWhenNobodyWantsIt) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        if (next_move(wanted, seen).step != Step::stop) return;
        ASSERT_TRUE(seen.process);
        ASSERT_FALSE(wanted.fate == Fate::kept && wanted.running);
    });
}

TEST(Plan, NothingIsTriedWhileItWaits) {
    for_all([](const Wanted& wanted, Seen seen) {
        seen.waiting = true;
        if (wanted.member_leaving || wanted.fate == Fate::unknown) return;
        const Step step = next_move(wanted, seen).step;
        ASSERT_TRUE(step == Step::rest || step == Step::show_failed) << name_of(step);
    });
}

TEST(Plan, IamIsRecordedOnlyOnceItsRulesAreInForce) {
    for_all([](const Wanted& wanted, const Seen& seen) {
        if (next_move(wanted, seen).step != Step::record_access || !wanted.running) return;
        ASSERT_TRUE(seen.process && seen.access_current);
        ASSERT_TRUE(seen.shown == Shown::configuring_access || seen.shown == Shown::failed);
    });
}

TEST(Plan, WhatKeepsFailingIsShownUnlessTheServerServesAsItIsShown) {
    for_all([](const Wanted& wanted, Seen seen) {
        if (wanted.fate != Fate::kept || wanted.member_leaving) return;
        seen.waiting = seen.broken = true;
        const bool hidden = seen.shown == Shown::failed || (seen.process && seen.shown == Shown::settled);
        ASSERT_EQ(next_move(wanted, seen).step, hidden ? Step::rest : Step::show_failed);
    });
}

TEST(Plan, AFailureIsShownUntilAllIsAsWished) {
    for_all([](const Wanted& wanted, Seen seen) {
        seen.shown = Shown::failed;
        const Step step = next_move(wanted, seen).step;
        ASSERT_NE(step, Step::show_configuring);
        ASSERT_NE(step, Step::show_resetting);
    });
}

TEST(Plan, APasswordIsSetBeforeAServerThatLayStillIsShownAvailable) {
    Wanted wanted{.fate = Fate::kept, .password_change = true};
    Seen seen{.storage = true, .storage_recorded = true, .shown = Shown::resetting_password};
    const auto go_through = [&](const std::initializer_list<Step> order) {
        for (const Step expected : order) {
            const Step step = next_move(wanted, seen).step;
            ASSERT_EQ(name_of(step), name_of(expected));
            apply(step, wanted, seen);
        }
    };
    go_through({Step::show_settled, Step::rest});
    EXPECT_TRUE(wanted.password_change);
    wanted.running = true;
    seen.shown = Shown::other;
    go_through({Step::start, Step::make_accounts, Step::show_resetting, Step::set_password,
                Step::show_settled, Step::rest});
}

TEST(Plan, EveryStateComesToRestWhereItIsWished) {
    for_all([](Wanted wanted, Seen seen) {
        if (seen.waiting) return;
        int moves = 0;
        Step step = Step::rest;
        while ((step = next_move(wanted, seen).step) != Step::rest) {
            apply(step, wanted, seen);
            ASSERT_LT(++moves, 16) << name_of(step);
        }
        if (wanted.fate == Fate::unknown) {
            ASSERT_FALSE(seen.process);
        } else if (seen.storage) {
            ASSERT_EQ(seen.process, wanted.running);
            ASSERT_EQ(seen.shown, Shown::settled);
            ASSERT_FALSE(wanted.access_change || wanted.member_leaving);
            ASSERT_FALSE(wanted.running && (wanted.password_change || seen.certificate_due));
        } else {
            ASSERT_EQ(seen.shown, Shown::failed);
        }
    });
}

TEST(Plan, AServerIsMadeInThisOrder) {
    Wanted wanted{.fate = Fate::kept, .running = true};
    Seen seen;
    const std::array order = {Step::make_storage,  Step::record_storage, Step::start,
                              Step::make_accounts, Step::show_settled,   Step::rest};
    for (const Step expected : order) {
        const Step step = next_move(wanted, seen).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, wanted, seen);
    }
}

TEST(Plan, IamIsTurnedOnInThisOrder) {
    Wanted wanted{.fate = Fate::kept, .running = true, .access_change = true};
    Seen seen{.storage = true,
              .storage_recorded = true,
              .process = true,
              .accounts = true,
              .shown = Shown::settled};
    const std::array order = {Step::show_configuring, Step::apply_access, Step::record_access,
                              Step::show_settled, Step::rest};
    for (const Step expected : order) {
        const Step step = next_move(wanted, seen).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, wanted, seen);
    }
}

}  // namespace
}  // namespace countersign::databases
