//! Tests of the store's contract, on the engines that the environment names, or on embedded ones.

use dibs_tests::contract::{self, ContractBackend};

macro_rules! contract {
    ($($module:ident { $($promise:ident,)+ })+) => {$(
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    contract::$module::$promise(&ContractBackend::create().await).await;
                }
            )+
        }
    )+};
}

contract! {
    audit {
        entries_are_recorded_once_whatever_the_batches,
        packs_are_listed_from_the_latest_second_on,
        late_entry_is_covered_by_the_hour_in_which_it_is_recorded,
        acts_of_staff_are_in_the_partition_of_their_actor,
        root_is_written_once_and_then_version_by_version,
    }
    items {
        claims_are_written_version_by_version,
        campaigns_are_made_once_and_remembered_for_a_second,
        offers_are_written_version_by_version,
        rewards_are_made_once,
        sessions_are_written_version_by_version,
        tries_are_written_version_by_version,
    }
    lists {
        a_spread_list_reads_as_one,
        other_lists_are_newest_first,
        a_users_own_claims_are_in_order,
    }
    live {
        a_ticket_is_one_connections,
        a_connection_is_written_version_by_version,
        subscribers_are_found_over_all_partitions,
        topics_of_an_owner_are_found_apart,
        a_state_has_one_content_a_version,
        a_channel_that_is_listed_anew_stays,
    }
    stock {
        every_unit_is_taken_once,
        a_repeat_finds_its_unit,
        a_race_for_units_ends_even,
        a_unit_given_back_is_had_again,
        a_later_version_fences_an_earlier_return,
        units_survive_takers_and_givers_at_once,
        a_raised_limit_is_seen,
        an_announcement_without_a_unit_is_passed_over,
    }
    codes {
        a_code_comes_in_once,
        the_same_codes_at_once_come_in_once,
        a_pool_that_fills_again_is_seen,
        a_race_for_codes_ends_even,
        a_large_pool_may_hold_little,
        a_user_has_a_code_in_each_campaign,
        return_in_one_campaign_keeps_the_code_of_another,
    }
    ledger {
        a_number_is_one_entrys,
        the_newest_entries_come_first,
        a_grant_is_made_once,
    }
    notifications {
        reminders_of_a_queue_are_found_by_position,
        reminders_of_a_deal_are_read_part_by_part,
        waiting_notifications_are_due_at_their_time,
        longest_due_notifications_leave_first,
    }
    seats {
        seats_are_held_all_or_none,
        a_repeat_finds_its_seats,
        a_hold_that_is_over_is_anybodys,
        what_has_passed_on_is_left_alone,
        a_race_for_seats_ends_even,
        what_was_seen_is_remembered_for_a_second,
    }
    wallet {
        a_number_is_one_entrys,
        a_payment_is_written_whole_and_once,
        a_refused_payment_says_why_and_writes_nothing,
        an_order_is_paid_whole_and_once,
        money_for_an_order_is_noted_in_it_once,
    }
    deals {
        a_deal_is_read_with_its_counts,
        a_record_is_counted_once,
        counts_are_corrected_and_absorbed,
        deals_are_listed_by_where_they_stand,
        deals_are_known_by_their_places,
        a_deleted_product_is_gone,
    }
    orders {
        what_is_taken_is_found_again,
        several_buckets_give_what_none_has,
        a_short_bucket_gives_no_more_than_it_has,
        what_comes_back_is_had_again,
        a_race_for_units_ends_even,
        units_follow_their_order,
        ones_own_orders_are_in_order,
        orders_of_the_version_before_are_listed,
        write_of_an_order_is_known_after_later_writes,
        a_bucket_that_contradicts_itself_is_refused,
    }
    products {
        a_deal_and_its_register_are_written_together,
        every_present_deal_has_its_turn,
    }
    activities {
        an_activity_counts_once,
        a_batch_says_of_each_what_it_came_to,
        a_month_has_a_limit,
        a_month_takes_many_writers,
        many_months_are_read_at_once,
        the_newest_are_found_over_all_types,
    }
    accounts {
        a_registration_takes_email_and_invite_code,
        an_email_is_one_accounts,
        closing_frees_email_and_invite_code,
        a_revocation_is_in_the_list,
        an_administrator_remains,
        changes_that_meet_are_all_made,
        a_sign_in_is_noted_in_its_epoch,
        presence_is_recorded_once_in_its_slot,
        failures_are_counted_under_a_race,
        quota_is_used_once_for_each_entry,
    }
    waiting_room {
        frozen_bucket_accepts_no_join,
        joins_and_freezing_exclude_each_other,
        user_who_left_a_bucket_cannot_rejoin_it,
        departure_from_a_frozen_bucket_is_recorded,
        counted_ends_are_written_once_per_version,
        checks_are_listed_by_time,
        rooms_are_listed_when_due,
        a_broken_room_is_not_written,
        positions_are_written_once,
        buckets_are_found_by_window,
        a_user_joins_once,
        a_room_is_written_version_by_version,
    }
    admissions {
        admission_is_recorded_once,
        position_is_first_used_in_time,
        used_position_is_no_no_show,
        first_use_and_end_exclude_each_other,
    }
    webhooks {
        webhooks_are_registered_up_to_a_number,
        first_waiting_event_of_a_lane_is_found,
        due_lane_is_listed_until_it_is_claimed,
        lanes_of_dead_workers_are_due_at_once,
        replay_finds_each_event_of_its_time,
    }
    analytics {
        a_record_is_counted_once_in_each_topic,
        changes_that_cancel_out_stay_counted,
        a_race_of_batches_counts_once,
        merged_items_keep_the_figures,
        a_day_is_corrected_once,
        a_step_of_a_recount_adds_once,
    }
    queues {
        more_messages_than_a_call_takes,
        a_delay_delays,
    }
}
