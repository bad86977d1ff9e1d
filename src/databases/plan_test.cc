#include "databases/plan.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <optional>

namespace countersign::databases {
namespace {

constexpr std::array lifecycles = {Lifecycle::unknown, Lifecycle::deleted, Lifecycle::kept};
constexpr std::array displayed_all = {DisplayedStatus::settled,
                                      DisplayedStatus::configuring_access,
                                      DisplayedStatus::resetting_password,
                                      DisplayedStatus::upgrading,
                                      DisplayedStatus::failed,
                                      DisplayedStatus::other};
constexpr std::array upgrade_states = {UpgradeState::none, UpgradeState::running, UpgradeState::done,
                                       UpgradeState::failed};

bool bit(unsigned bits, unsigned index) {
    return ((bits >> index) & 1U) != 0;
}

using Check = std::function<void(const DesiredState&, const ObservedState&)>;

// How far an upgrade is matters where one is desired.
void for_upgrades(unsigned bits, Lifecycle lifecycle, DisplayedStatus displayed, const Check& check) {
    DesiredState desired{lifecycle, bit(bits, 0), bit(bits, 1), bit(bits, 2), bit(bits, 3), bit(bits, 4)};
    ObservedState observed{bit(bits, 5),  bit(bits, 6),  bit(bits, 7),  bit(bits, 8),  bit(bits, 9),
                           bit(bits, 10), bit(bits, 11), bit(bits, 12), bit(bits, 13), bit(bits, 14),
                           bit(bits, 15), bit(bits, 16), bit(bits, 17)};
    observed.displayed = displayed;
    check(desired, observed);
    desired.upgrade = true;
    for (const UpgradeState state : upgrade_states) {
        observed.upgrade = state;
        check(desired, observed);
    }
}

// Every desired state with every observed one.
void for_all(const Check& check) {
    for (const Lifecycle lifecycle : lifecycles)
        for (const DisplayedStatus displayed : displayed_all)
            for (unsigned bits = 0; bits < (1U << 18); ++bits)
                for_upgrades(bits, lifecycle, displayed, check);
}

std::optional<DisplayedStatus> shown_by(Step step) {
    if (step == Step::show_configuring) return DisplayedStatus::configuring_access;
    if (step == Step::show_resetting) return DisplayedStatus::resetting_password;
    if (step == Step::show_upgrading) return DisplayedStatus::upgrading;
    if (step == Step::show_failed) return DisplayedStatus::failed;
    if (step == Step::show_settled) return DisplayedStatus::settled;
    return std::nullopt;
}

// What rests because pg_upgrade works goes on when that has ended.
bool is_at_work(const DesiredState& desired, const ObservedState& observed) {
    return desired.upgrade && observed.upgrade == UpgradeState::running && !observed.process &&
           desired.lifecycle == Lifecycle::kept && observed.storage;
}

// What a step that succeeds changes.
void apply(Step step, DesiredState& desired, ObservedState& observed) {
    observed.broken = false;
    observed.displayed = shown_by(step).value_or(observed.displayed);
    switch (step) {
        case Step::rest:
        case Step::show_configuring:
        case Step::show_resetting:
        case Step::show_failed:
        case Step::show_settled:
        case Step::show_upgrading:
            return;
        case Step::make_storage:
            observed.storage = true;
            return;
        case Step::record_storage:
            observed.storage_recorded = true;
            return;
        case Step::start:
            observed.process = observed.access_current = true;
            return;
        case Step::make_accounts:
            observed.accounts = true;
            return;
        case Step::repair_boundary:
            observed.breached = false;
            return;
        case Step::apply_replication:
            observed.replication_due = false;
            return;
        case Step::record_iam_lost:
            observed.iam_role_missing = observed.access_current = false;
            return;
        case Step::record_version:
            observed.version_differs = false;
            return;
        case Step::record_restart_pending:
            observed.restart_pending_differs = false;
            return;
        case Step::record_shutdown:
            desired.reboot = false;
            return;
        case Step::apply_access:
            observed.access_current = true;
            observed.iam_role_missing = false;
            return;
        case Step::record_access:
            desired.access_change = false;
            return;
        case Step::set_password:
            desired.password_change = false;
            return;
        case Step::renew_certificate:
            observed.certificate_due = false;
            return;
        case Step::stop:
            observed.process = false;
            return;
        case Step::begin_upgrade:
            observed.upgrade = UpgradeState::done;
            return;
        case Step::finish_upgrade:
            observed.upgrade = UpgradeState::none;
            observed.accounts = desired.upgrade = false;
            return;
        case Step::record_upgrade_failed:
            observed.upgrade = UpgradeState::none;
            desired.upgrade = false;
            return;
        case Step::forget_member:
            desired.member_leaving = false;
            return;
        case Step::remove_storage:
            observed.storage = false;
            return;
        case Step::forget:
            desired.lifecycle = Lifecycle::unknown;
            return;
    }
}

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
        while ((step = next_action(desired, observed).step) != Step::rest || is_at_work(desired, observed)) {
            apply(step, desired, observed);
            if (step == Step::rest) observed.upgrade = UpgradeState::done;
            ASSERT_LT(++moves, 28) << name_of(step);
        }
        if (desired.lifecycle == Lifecycle::unknown) {
            ASSERT_FALSE(observed.process);
        } else if (observed.storage) {
            ASSERT_EQ(observed.process, desired.running);
            ASSERT_EQ(observed.displayed, DisplayedStatus::settled);
            ASSERT_FALSE(desired.access_change || desired.member_leaving);
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
