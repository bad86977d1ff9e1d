// The plans of a cluster's writer among its readers, and of a reader.
#include <gtest/gtest.h>

#include <array>

#include "databases/plan.h"
#include "databases/plan_states.h"

namespace countersign::databases {
namespace {

using namespace test;

TEST(PlanOfAWriter, HandsOverOnlyOnceNothingOfItRunsAndSomebodyHasAllOfIt) {
    for_all_writers([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action(desired, observed).step != Step::hand_over) return;
        ASSERT_FALSE(observed.process);
        ASSERT_TRUE(desired.successor && !observed.succession_failed);
        ASSERT_TRUE(desired.failover || desired.leaving || observed.ended);
    });
}

TEST(PlanOfAWriter, IsPromotedOnlyWhereItsDataFollowedAnother) {
    for_all_writers([](const DesiredState& desired, const ObservedState& observed) {
        const Step step = next_action(desired, observed).step;
        if (step == Step::promote) {
            ASSERT_TRUE(observed.process && observed.standby);
        }
        const bool writes = step == Step::make_accounts || step == Step::repair_boundary;
        ASSERT_FALSE(writes && observed.standby);
    });
}

TEST(PlanOfAWriter, IsStoppedForAnotherOnlyWhereThatFollows) {
    for_all_writers([](const DesiredState& desired, const ObservedState& observed) {
        if (desired.reboot || observed.standby) return;
        if (next_action(desired, observed).step != Step::stop) return;
        ASSERT_TRUE(desired.failover || desired.leaving);
        ASSERT_TRUE(desired.successor && observed.successor_follows);
    });
}

TEST(PlanOfAWriter, ComesToRestOrHandsOver) {
    for_all_writers([](DesiredState desired, ObservedState observed) {
        if (observed.waiting) return;
        int moves = 0;
        Step step = Step::rest;
        while ((step = next_action(desired, observed).step) != Step::rest || end_work(desired, observed)) {
            if (step == Step::hand_over) return;
            apply(step, desired, observed);
            ASSERT_LT(++moves, 34) << name_of(step);
        }
        ASSERT_TRUE(observed.process);
        if (desired.failover) {  // until it follows, or is waited for no longer
            ASSERT_TRUE(!observed.successor_follows && !observed.succession_failed);
            return;
        }
        ASSERT_FALSE(observed.standby);
        ASSERT_EQ(observed.displayed, DisplayedStatus::settled);
    });
}

TEST(PlanOfAReader, EveryMoveHasAReasonAndAName) {
    for_all_readers([](const DesiredState& desired, const ObservedState& observed) {
        const NextAction move = next_action_of_reader(desired, observed);
        ASSERT_FALSE(move.because.empty());
        ASSERT_NE(name_of(move.step), "unknown");
    });
}

TEST(PlanOfAReader, IsStartedOnlyAsAStandby) {
    for_all_readers([](const DesiredState& desired, const ObservedState& observed) {
        const Step step = next_action_of_reader(desired, observed).step;
        if (step == Step::start) {
            ASSERT_TRUE(observed.storage && observed.standby && !observed.process && !desired.stopped);
        }
        ASSERT_NE(step, Step::promote);
        ASSERT_NE(step, Step::make_accounts);
    });
}

TEST(PlanOfAReader, ItsDataGoesOnlyWhereItIsDeletedOrRecordedAsNobodys) {
    for_all_readers([](const DesiredState& desired, const ObservedState& observed) {
        if (next_action_of_reader(desired, observed).step != Step::remove_storage) return;
        ASSERT_FALSE(observed.process);
        ASSERT_TRUE(desired.lifecycle == Lifecycle::deleted || desired.renewal);
    });
}

TEST(PlanOfAReader, ComesToRestWhereItIsWished) {
    for_all_readers([](DesiredState desired, ObservedState observed) {
        if (observed.waiting) return;
        int moves = 0;
        Step step = Step::rest;
        while (true) {
            step = next_action_of_reader(desired, observed).step;
            const bool copying = step == Step::rest && !observed.storage &&
                                 observed.restore == WorkState::running && !desired.stopped &&
                                 desired.lifecycle == Lifecycle::kept;
            if (copying) observed.restore = WorkState::done;
            if (step == Step::rest && !copying) break;
            apply(step, desired, observed);
            ASSERT_LT(++moves, 20) << name_of(step);
        }
        if (desired.lifecycle != Lifecycle::kept) {
            ASSERT_FALSE(observed.process);
        } else if (desired.stopped) {
            ASSERT_FALSE(observed.process);
            ASSERT_EQ(observed.displayed, DisplayedStatus::settled);
        } else if (observed.storage) {
            ASSERT_TRUE(observed.process && observed.standby && !observed.lost_way && !desired.renewal);
            ASSERT_TRUE(!observed.follows || observed.displayed == DisplayedStatus::settled);
        } else {
            ASSERT_EQ(observed.displayed, DisplayedStatus::failed);
        }
    });
}

TEST(PlanOfAReader, KeepsItsDataWhileItLiesStill) {
    for_all_readers([](const DesiredState& desired, const ObservedState& observed) {
        if (!desired.stopped || desired.lifecycle != Lifecycle::kept) return;
        const Step step = next_action_of_reader(desired, observed).step;
        ASSERT_TRUE(step == Step::rest || step == Step::stop || step == Step::show_settled ||
                    step == Step::show_failed)
            << name_of(step);
    });
}

TEST(PlanOfAReader, IsMadeInThisOrder) {
    DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
    ObservedState observed;
    const std::array order = {Step::begin_copy, Step::rest, Step::finish_copy,  Step::record_storage,
                              Step::start,      Step::rest, Step::show_settled, Step::rest};
    for (const Step expected : order) {
        const Step step = next_action_of_reader(desired, observed).step;
        ASSERT_EQ(name_of(step), name_of(expected));
        apply(step, desired, observed);
        observed.follows = step == Step::rest && observed.process;
        if (step == Step::rest) observed.restore = WorkState::done;
    }
}

TEST(PlanOfAReader, ItsOwnAccessIsRecordedOnceItIsInForce) {
    const DesiredState desired{.lifecycle = Lifecycle::kept, .running = true, .access_change = true};
    ObservedState observed{
        .storage = true, .storage_recorded = true, .process = true, .standby = true, .follows = true};
    EXPECT_EQ(next_action_of_reader(desired, observed).step, Step::apply_access);
    observed.access_current = true;
    EXPECT_EQ(next_action_of_reader(desired, observed).step, Step::record_access);
}

TEST(PlanOfAReader, OneThatDoesNotApplyWhatComesIsStartedAnew) {
    const DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
    const ObservedState observed{.storage = true,
                                 .storage_recorded = true,
                                 .process = true,
                                 .standby = true,
                                 .follows = true,
                                 .replay_paused = true};
    EXPECT_EQ(next_action_of_reader(desired, observed).step, Step::stop);
}

TEST(PlanOfAReader, ACopyThatFailedIsBegunAgain) {
    const DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
    ObservedState observed{.restore = WorkState::failed, .displayed = DisplayedStatus::other};
    EXPECT_EQ(next_action_of_reader(desired, observed).step, Step::show_failed);
    observed.displayed = DisplayedStatus::failed;
    EXPECT_EQ(next_action_of_reader(desired, observed).step, Step::begin_copy);
}

TEST(PlanOfAWriter, StartsAnewWhereItCannotBePromotedAsItRuns) {
    const DesiredState desired{.lifecycle = Lifecycle::kept, .running = true};
    ObservedState observed{.storage = true, .storage_recorded = true, .process = true};
    observed.standby = true;
    EXPECT_EQ(next_action(desired, observed).step, Step::promote);
    observed.broken = true;
    EXPECT_EQ(next_action(desired, observed).step, Step::stop);
}

TEST(PlanOfAWriter, IsNotForgottenBeforeItsReaders) {
    DesiredState desired{.lifecycle = Lifecycle::deleted};
    EXPECT_EQ(next_action(desired, {}).step, Step::forget);
    desired.readers_left = true;
    EXPECT_EQ(next_action(desired, {}).step, Step::rest);
}

}  // namespace
}  // namespace countersign::databases
