#include "databases/plan.h"

#include <gtest/gtest.h>

#include <array>

#include "databases/plan_states.h"

namespace countersign::databases {
namespace {

using namespace test;

TEST(Plan, EveryMoveHasAReasonAndAName) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        const NextAction move = next_action(desired, observed);
        ASSERT_FALSE(move.because.empty());
        ASSERT_NE(name_of(move.step), "unknown");
    });
}

TEST(Plan, DataIsRemovedOnlyWhenWishedDeletedAndStopped) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::remove_storage) return;
        ASSERT_EQ(desired.lifecycle, Lifecycle::deleted);
        ASSERT_FALSE(observed.process);
    });
}

TEST(Plan, RecordsAreForgottenOnlyWhenNothingIsLeft) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::forget) return;
        ASSERT_EQ(desired.lifecycle, Lifecycle::deleted);
        ASSERT_FALSE(observed.process || observed.storage);
    });
}

TEST(Plan, DataThatWasRecordedIsNeverMadeAnew) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::make_storage) return;
        ASSERT_FALSE(observed.storage || observed.storage_recorded);
    });
}

TEST(Plan, ARunningServerIsStoppedOnlyWhenNobodyWantsItOrToBeRestarted) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::stop) return;
        ASSERT_TRUE(observed.process);
        ASSERT_FALSE(desired.lifecycle == Lifecycle::kept && desired.running && !desired.reboot &&
                     !desired.upgrade);
    });
}

TEST(Plan, ARebootStopsAServerThatRunsAndIsForgottenOnceItHasStopped) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::record_shutdown) return;
        ASSERT_TRUE(desired.reboot && desired.running);
        ASSERT_FALSE(observed.process);
    });
}

TEST(Plan, NothingIsTriedWhileItWaits) {
    for_all([](const DesiredState& desired, ObservedState observed) {
        observed.waiting = true;
        if (desired.member_leaving || desired.lifecycle == Lifecycle::unknown) return;
        const Step step = next_action(desired, observed).step;
        ASSERT_TRUE(step == Step::rest || step == Step::show_failed) << name_of(step);
    });
}

TEST(Plan, IamIsRecordedOnlyOnceItsRulesAreInForce) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::record_access || !desired.running) return;
        ASSERT_TRUE(observed.process && observed.access_current);
        ASSERT_TRUE(observed.displayed == DisplayedStatus::configuring_access ||
                    observed.displayed == DisplayedStatus::failed);
    });
}

TEST(Plan, WhatKeepsFailingIsShownUnlessTheServerServesAsItIsShown) {
    for_all([](const DesiredState& desired, ObservedState observed) {
        if (desired.lifecycle != Lifecycle::kept || desired.member_leaving) return;
        observed.waiting = observed.broken = true;
        const bool hidden = observed.displayed == DisplayedStatus::failed ||
                            (observed.process && observed.displayed == DisplayedStatus::settled);
        ASSERT_EQ(next_action(desired, observed).step, hidden ? Step::rest : Step::show_failed);
    });
}

TEST(Plan, AFailureIsShownUntilAllIsAsWished) {
    for_all([](const DesiredState& desired, ObservedState observed) {
        observed.displayed = DisplayedStatus::failed;
        const Step step = next_action(desired, observed).step;
        ASSERT_NE(step, Step::show_configuring);
        ASSERT_NE(step, Step::show_resetting);
        ASSERT_NE(step, Step::show_upgrading);
    });
}

TEST(Plan, APasswordIsSetBeforeAServerThatLayStillIsShownAvailable) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .password_change = true};
    ObservedState observed{
        .storage = true, .storage_recorded = true, .displayed = DisplayedStatus::resetting_password};
    const auto go_through = [&](const std::initializer_list<Step> order) {
        for (const Step expected : order) {
            const Step step = next_action(desired, observed).step;
            ASSERT_EQ(name_of(step), name_of(expected));
            apply(step, desired, observed);
        }
    };
    go_through({Step::show_settled, Step::rest});
    EXPECT_TRUE(desired.password_change);
    desired.running = true;
    observed.displayed = DisplayedStatus::other;
    go_through({Step::start, Step::make_accounts, Step::show_resetting, Step::set_password,
                Step::show_settled, Step::rest});
}

TEST(Plan, EveryStateComesToRestWhereItIsWished) {
    for_all([](DesiredState desired, ObservedState observed) {
        if (observed.waiting) return;
        int moves = 0;
        Step step = Step::rest;
        while ((step = next_action(desired, observed).step) != Step::rest || end_work(desired, observed)) {
            apply(step, desired, observed);
            ASSERT_LT(++moves, 34) << name_of(step);
        }
        if (desired.lifecycle == Lifecycle::unknown) {
            ASSERT_FALSE(observed.process);
        } else if (observed.storage) {
            ASSERT_EQ(observed.process, desired.running);
            ASSERT_EQ(observed.displayed, DisplayedStatus::settled);
            ASSERT_FALSE(desired.access_change || desired.member_leaving || desired.snapshot);
            ASSERT_FALSE(desired.running && (desired.password_change || observed.certificate_due));
        } else {
            ASSERT_EQ(observed.displayed, DisplayedStatus::failed);
        }
    });
}

TEST(Plan, DataIsUpgradedOnlyWhileNothingRunsOnItAndNothingStartsMeanwhile) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        const Step step = next_action(desired, observed).step;
        if (step == Step::begin_upgrade || step == Step::finish_upgrade) {
            ASSERT_TRUE(desired.upgrade && observed.storage && !observed.process);
        }
        ASSERT_FALSE(step == Step::start && desired.upgrade);
    });
}

TEST(Plan, ASnapshotIsBegunOnlyOfDataThatIsThere) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::begin_snapshot) return;
        ASSERT_TRUE(desired.snapshot && observed.storage);
        ASSERT_TRUE(observed.snapshot == WorkState::none);
    });
}

TEST(Plan, NothingIsStoppedOrRemovedWhileASnapshotOfItIsMade) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (observed.snapshot != WorkState::running || !observed.storage) return;
        if (desired.lifecycle == Lifecycle::unknown || observed.snapshot_unwanted) return;
        const Step step = next_action(desired, observed).step;
        ASSERT_NE(step, Step::stop);
        ASSERT_NE(step, Step::remove_storage);
        ASSERT_NE(step, Step::begin_upgrade);
        ASSERT_FALSE(step == Step::start && observed.snapshot_of_files);
    });
}

TEST(Plan, WhatIsDeletedWithALastSnapshotIsRemovedAfterIt) {
    DesiredState desired{.lifecycle = Lifecycle::deleted, .snapshot = true};
    ObservedState observed{.storage = true, .storage_recorded = true, .process = true, .accounts = true};
    const std::array order = {Step::begin_snapshot, Step::rest,           Step::finish_snapshot,
                              Step::stop,           Step::remove_storage, Step::forget};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
        if (step == Step::rest) observed.snapshot = WorkState::done;
    }
}

TEST(Plan, WhatIsToLieStillIsNeitherStartedNorHandedOverNorWrittenTo) {
    for_all_stopped([](const DesiredState& desired, const ObservedState& observed) {
        const Step step = next_action(desired, observed).step;
        const bool is_quiet = step == Step::rest || step == Step::stop || step == Step::show_settled ||
                              step == Step::show_failed || step == Step::begin_snapshot ||
                              step == Step::finish_snapshot || step == Step::record_snapshot_failed ||
                              step == Step::drop_snapshot;
        ASSERT_TRUE(is_quiet) << name_of(step);
    });
}

TEST(Plan, WhatIsToLieStillComesToLieStillOnceItsReadersDo) {
    for_all_stopped([](DesiredState desired, ObservedState observed) {
        if (observed.waiting) return;
        int moves = 0;
        Step step = Step::rest;
        while ((step = next_action(desired, observed).step) != Step::rest || end_work(desired, observed)) {
            ASSERT_FALSE(step == Step::show_settled && desired.readers_stopping);
            apply(step, desired, observed);
            ASSERT_LT(++moves, 12) << name_of(step);
        }
        ASSERT_FALSE(observed.process || desired.snapshot);
        desired.readers_stopping = false;
        const Step last = next_action(desired, observed).step;
        ASSERT_EQ(name_of(last),
                  name_of(observed.displayed == DisplayedStatus::settled ? Step::rest : Step::show_settled));
    });
}

TEST(Plan, WhatIsStoppedWithASnapshotStopsAfterIt) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .snapshot = true, .stopped = true};
    ObservedState observed{.storage = true, .storage_recorded = true, .process = true, .accounts = true};
    const std::array order = {Step::begin_snapshot, Step::rest,         Step::finish_snapshot,
                              Step::stop,           Step::show_settled, Step::rest};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
        if (step == Step::rest) observed.snapshot = WorkState::done;
    }
}

TEST(Plan, ARestoredServerIsMadeInThisOrder) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .running = true, .restore = true};
    ObservedState observed{.accounts = true};
    const std::array order = {Step::begin_restore,  Step::rest,  Step::finish_restore,
                              Step::record_storage, Step::start, Step::show_settled};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
        if (step == Step::rest) observed.restore = WorkState::done;
    }
}

TEST(Plan, DataThatCannotBeRestoredIsShownFailedAndNeverMadeEmpty) {
    for_all([](const DesiredState& desired, const ObservedState& observed) {
        if (desired.restore) {
            ASSERT_NE(next_action(desired, observed).step, Step::make_storage);
        }
    });
}

TEST(Plan, AnUpgradeGoesInThisOrder) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .running = true, .upgrade = true};
    ObservedState observed{.storage = true,
                           .storage_recorded = true,
                           .process = true,
                           .accounts = true,
                           .displayed = DisplayedStatus::settled};
    const std::array order = {Step::show_upgrading, Step::stop,  Step::begin_upgrade,
                              Step::finish_upgrade, Step::start, Step::make_accounts,
                              Step::show_settled,   Step::rest};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
    }
}

TEST(Plan, AServerIsMadeInThisOrder) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
    ObservedState observed;
    const std::array order = {Step::make_storage,  Step::record_storage, Step::start,
                              Step::make_accounts, Step::show_settled,   Step::rest};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
    }
}

TEST(Plan, IamIsTurnedOnInThisOrder) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .running = true, .access_change = true};
    ObservedState observed{.storage = true,
                           .storage_recorded = true,
                           .process = true,
                           .accounts = true,
                           .displayed = DisplayedStatus::settled};
    const std::array order = {Step::show_configuring, Step::apply_access, Step::record_access,
                              Step::show_settled, Step::rest};
    for (const Step expected : order) {
        const Step step = next_action(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
    }
}

}  // namespace
}  // namespace countersign::databases
