"""What a document promises is shown by tests: each sentence names them, and a sentence without one fails.

A sentence is found by a part of it. Rows of tables count as sentences; code and headings do not.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PREPARATION = "audio/test_preparation.py"
ACCESS, OWNERSHIP, ORIGINS = "api/test_access.py", "api/test_ownership.py", "api/test_origins.py"
LIMITS, REPEATS, HOOKS = "api/test_limits.py", "api/test_repeats.py", "api/test_webhooks.py"
KEYS, USERS, SECRET = "identity/test_keys.py", "identity/test_users.py", "identity/test_secret.py"
ROUNDS, GUARD, ANSWERS = "webhooks/test_rounds.py", "webhooks/test_guard.py", "test_idempotency.py"
REQUESTS, PROBLEMS, PAGE = "api/test_request_limits.py", "api/test_problems.py", "contract/test_security_document.py"

SECURITY = {
    "Bound to loopback (the default)": (
        f"{KEYS}::test_keys_are_asked_for_where_others_can_reach_the_server",
        f"{KEYS}::test_strangers_who_are_let_in_are_no_administrators",
    ),
    "Bound to any other address": (
        f"{ACCESS}::test_every_route_is_open_on_purpose_or_asks_for_a_scope",
        f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",
        f"{ACCESS}::test_without_a_key_an_address_that_others_reach_is_refused",
    ),
    "`--require-keys` asks": (f"{ACCESS}::test_asking_for_keys_on_loopback_needs_one_too",),
    "`--allow-anonymous` lets everybody in": (
        f"{ACCESS}::test_strangers_who_are_let_in_do_not_administer",
        f"{OWNERSHIP}::test_only_administrators_administer",
    ),
    "Who comes without a key there is one owner": (
        f"{OWNERSHIP}::test_visitors_share_what_visitors_have_analysed",
        f"{OWNERSHIP}::test_what_is_annas_is_hers_and_for_all_others_there_is_none",
        f"{OWNERSHIP}::test_lists_hold_what_is_ones_own",
        f"{OWNERSHIP}::test_what_others_could_not_delete_is_there",
    ),
    "| `analyze` |": (f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",),
    "| `history:read` |": (f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",),
    "| `history:write` |": (f"{OWNERSHIP}::test_what_is_annas_is_hers_and_for_all_others_there_is_none",),
    "| `admin` |": (
        f"{OWNERSHIP}::test_an_administrator_sees_what_is_annas",
        f"{OWNERSHIP}::test_only_administrators_administer",
    ),
    "What a key analyses belongs to its owner": (
        f"{OWNERSHIP}::test_what_one_makes_is_ones_own_whichever_way",
        f"{OWNERSHIP}::test_what_is_annas_is_hers_and_for_all_others_there_is_none",
        f"{KEYS}::test_keys_of_one_owner_share_it",
    ),
    "An owner sees only what is theirs": (
        f"{OWNERSHIP}::test_what_is_annas_is_hers_and_for_all_others_there_is_none",
        f"{OWNERSHIP}::test_an_administrator_sees_what_is_annas",
        f"{OWNERSHIP}::test_every_route_is_in_the_table",
        f"{KEYS}::test_no_name_sees_everybody",
    ),
    "who ask without a key, cannot own one": (
        f"{KEYS}::test_a_key_cannot_be_made_for_those_who_have_none",
        f"{KEYS}::test_a_key_of_an_older_version_has_nothing_of_those_who_have_none",
        f"{ACCESS}::test_a_key_for_those_who_have_none_cannot_be_made_over_http",
    ),
    "An administrator does the same over HTTP": (f"{ACCESS}::test_an_administrator_makes_lists_and_revokes_keys",),
    "People sign in with a name and a password": (
        f"{PAGE}::test_lives_and_lengths",
        f"{USERS}::test_an_access_token_is_short",
        f"{USERS}::test_a_refresh_token_ends_by_itself",
        f"{USERS}::test_clocks_may_differ_by_a_minute",
    ),
    "A refresh token is good for one use": (f"{USERS}::test_a_refresh_token_is_good_for_one_use_and_kept_as_a_hash",),
    "One that comes a second time was copied": (
        f"{USERS}::test_a_used_refresh_token_ends_the_whole_family",
        f"{USERS}::test_a_used_refresh_token_ends_the_access_tokens_of_the_session_at_once",
        f"{ACCESS}::test_what_ends_a_session_ends_its_access_tokens_at_once",
    ),
    "Signing out (`/v1/tokens/revoke`)": (
        f"{USERS}::test_signing_out_ends_the_access_tokens_of_the_session_at_once",
        f"{USERS}::test_a_session_that_is_ended_while_it_is_renewed_has_ended",
        f"{ACCESS}::test_what_ends_a_session_ends_its_access_tokens_at_once",
    ),
    "Tokens of 0.1.0 are renewed": (f"{USERS}::test_a_token_of_an_older_version_is_to_be_renewed",),
    "Passwords are kept as argon2id hashes": (
        f"{USERS}::test_a_password_is_kept_as_an_argon2id_hash",
        f"{USERS}::test_a_password_has_a_sensible_length",
    ),
    "After 10 wrong ones an address waits": (
        f"{ACCESS}::test_who_guesses_passwords_has_to_wait",
        f"{ACCESS}::test_a_name_waits_after_fifty_wherever_they_come_from",
        f"{ACCESS}::test_of_a_burst_of_passwords_only_ten_are_checked",
    ),
    "Tokens are signed with": (
        f"{SECRET}::test_it_is_made_once_with_mode_600",
        f"{SECRET}::test_the_setting_wins_and_makes_no_file",
    ),
    "A new secret ends every access token": (f"{USERS}::test_a_new_secret_ends_access_tokens_and_no_refresh_token",),
    "| 400 |": (
        f"{REQUESTS}::test_a_body_that_ends_in_two_ways_is_refused_and_the_connection_closed",
        "api/test_uploads.py::test_two_files_are_refused_where_options_may_be_a_file_too",
    ),
    "| 401 |": (f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",),
    "| 403 |": (
        f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",
        f"{ORIGINS}::test_a_foreign_page_cannot_send_anything",
    ),
    "| 408 |": (
        "api/test_pace.py::test_an_upload_that_stalls_is_408",
        "api/test_pace.py::test_an_upload_that_crawls_is_408",
    ),
    "| 409 |": (f"{REPEATS}::test_in_flight_is_409",),
    "| 413 |": (
        "api/test_uploads.py::test_too_much_is_refused_by_its_announcement",
        f"{REQUESTS}::test_a_body_that_brings_no_sound_is_short",
    ),
    "| 414, 431 |": (f"{REQUESTS}::test_heads_have_limits", f"{REQUESTS}::test_queries_have_limits"),
    "| 415 |": (
        "api/test_end_to_end.py::test_what_cannot_be_analysed_is_refused_in_words",
        f"{REQUESTS}::test_heads_have_limits",
    ),
    "| 421 |": (
        f"{ORIGINS}::test_a_name_that_only_leads_here_is_refused",
        f"{ORIGINS}::test_strangers_who_are_let_in_do_not_come_by_a_foreign_name",
    ),
    "| 422 |": (f"{REPEATS}::test_another_body_is_422",),
    "| 429 |": (f"{LIMITS}::test_a_key_that_is_used_up_is_429_and_another_is_not",),
    "| 503 |": (
        "api/test_capacity.py::test_a_full_server_refuses_before_it_reads_the_body",
        "api/test_connections.py::test_where_every_connection_has_a_request_a_new_one_is_told_to_come_back",
        f"{ACCESS}::test_a_database_that_is_gone_is_503_and_lets_nobody_in",
    ),
    "| 507 |": ("api/test_temporary.py::test_a_full_folder_is_507",),
    "Under `/v1` a failure is": (f"{PROBLEMS}::test_every_failure_of_v1_is_a_problem",),
    "`code` is stable": (
        f"{PROBLEMS}::test_codes_of_the_protocol_and_of_errors_mean_the_same",
        "test_errors.py::test_codes_are_unique",
    ),
    "`errors` holds": (f"{PROBLEMS}::test_everything_that_is_wrong_is_pointed_at",),
    "`request_id` is the answer's": (
        f"{PROBLEMS}::test_every_failure_of_v1_is_a_problem",
        "api/test_logs.py::test_each_request_is_told_once_with_its_identity",
        "api/test_security.py::test_a_sane_request_id_comes_back",
    ),
    "has 600 requests a minute": (
        f"{PAGE}::test_limits_and_waits",
        f"{LIMITS}::test_each_address_counts_where_anybody_may_ask",
        f"{LIMITS}::test_without_limits_nothing_is_said",
    ),
    "On loopback without keys there is none": (f"{LIMITS}::test_on_ones_own_machine_there_is_no_limit",),
    "Answers say what is left": (f"{LIMITS}::test_a_key_that_is_used_up_is_429_and_another_is_not",),
    "A sound is counted once it was heard": (
        f"{LIMITS}::test_sound_is_counted_when_it_was_heard_and_refused_when_it_is_used_up",
    ),
    "That of a job is counted when it is accepted": (
        f"{LIMITS}::test_a_job_costs_what_was_heard_whatever_its_header_says",
        f"{LIMITS}::test_a_sound_whose_header_tells_no_length_costs_what_was_heard",
        f"{LIMITS}::test_jobs_at_once_cannot_reserve_more_than_there_is",
        f"{LIMITS}::test_a_small_limit_is_not_used_up_by_what_jobs_may_come_to",
        f"{LIMITS}::test_a_job_that_fails_costs_nothing",
        f"{LIMITS}::test_a_job_that_is_cancelled_stays_as_it_was_counted",
    ),
    "Who sends wrong keys uses up": (f"{LIMITS}::test_who_guesses_keys_uses_up_the_limit_of_the_address",),
    "Of an IPv6 address the first 64 bits": (
        "api/test_addresses.py::test_a_caller_is_the_network_that_it_was_given",
        f"{LIMITS}::test_addresses_of_one_customer_count_together",
        f"{ACCESS}::test_addresses_of_one_customer_guess_together",
    ),
    "A POST that is repeated with the same key": (
        f"{REPEATS}::test_a_repeated_request_gets_the_answer_that_was_given",
        f"{REPEATS}::test_it_survives_a_restart",
        f"{ANSWERS}::test_an_answer_expires",
    ),
    "A multipart body may have another boundary": (
        f"{REPEATS}::test_the_boundary_does_not_matter_wherever_a_piece_ends",
    ),
    "A key belongs to its owner": (f"{REPEATS}::test_a_key_stolen_from_another_owner_gives_nothing",),
    "are not kept: the request may be tried again": (
        f"{REPEATS}::test_an_answer_about_the_moment_is_not",
        f"{REPEATS}::test_a_failure_of_the_moment_may_be_tried_again",
    ),
    "So may one whose client hung up": (
        "api/test_in_flight.py::test_a_key_whose_client_hung_up_is_free_again",
        "api/test_in_flight.py::test_what_is_kept_is_answered_to_who_comes_again",
    ),
    "hold secrets and are never kept": (f"{REPEATS}::test_no_answer_with_a_secret_is_kept_or_told_again",),
    "An analysis that is deleted over HTTP": (
        f"{REPEATS}::test_what_was_deleted_is_told_by_no_kept_answer",
        f"{HOOKS}::test_what_is_deleted_waits_for_nobody",
    ),
    "They are kept also where no history is": (f"{REPEATS}::test_it_survives_a_restart",),
    "Of each owner's answers the newest": (
        f"{PAGE}::test_bounds",
        f"{ANSWERS}::test_of_an_owners_answers_the_oldest_go",
        f"{ANSWERS}::test_of_all_answers_the_oldest_go",
        f"{REPEATS}::test_the_oldest_answers_of_an_owner_make_room",
    ),
    "An answer of more than 2 MB": (f"{REPEATS}::test_an_answer_that_is_too_large_is_not_kept_and_says_so",),
    "Visitors without a key have keys of their own": (f"{REPEATS}::test_visitors_do_not_get_in_each_others_way",),
    "An administrator registers addresses": (f"{HOOKS}::test_an_analysis_is_told",),
    "`analysis.completed`, `job.succeeded`, `job.failed`.": (
        f"{HOOKS}::test_an_analysis_is_told",
        f"{HOOKS}::test_a_job_that_succeeds_and_one_that_fails_are_told",
    ),
    "The answer holds the secret, once": (f"{HOOKS}::test_an_analysis_is_told",),
    'Messages are `{"type"': (
        f"{ROUNDS}::test_what_ended_is_told_signed_as_the_standard_says",
        f"{ROUNDS}::test_the_signature_is_the_standards_own_arithmetic",
    ),
    "A message that is not answered with 2xx": (
        f"{PAGE}::test_webhooks",
        f"{ROUNDS}::test_it_is_told_again_with_the_same_identity_until_it_is_taken",
        f"{ROUNDS}::test_it_is_given_up_in_the_end",
        f"{ROUNDS}::test_a_receiver_that_takes_for_ever_is_cut_off",
        f"{ROUNDS}::test_a_receiver_may_take_longer_to_answer_than_to_connect",
    ),
    "What waits is in the database": (
        f"{ROUNDS}::test_what_waits_is_there_after_a_restart",
        f"{ROUNDS}::test_what_a_killed_process_was_sending_is_sent_again",
    ),
    "Each receiver has a queue of its own": (
        f"{ROUNDS}::test_a_receiver_that_hangs_costs_only_itself",
        f"{ROUNDS}::test_many_receivers_that_hang_cost_only_themselves",
        f"{ROUNDS}::test_a_receiver_that_is_slow_takes_several_at_once",
    ),
    "A queue takes 10,000 messages": (f"{ROUNDS}::test_a_queue_takes_so_many_and_says_so_once",),
    "A receiver that answers 410": (
        f"{ROUNDS}::test_a_receiver_that_is_gone_is_told_nothing_more",
        f"{HOOKS}::test_a_receiver_that_is_gone_is_shown_as_disabled",
    ),
    "Register it again": (f"{ROUNDS}::test_a_receiver_that_is_gone_is_told_nothing_more",),
    "Redirects are not followed": (f"{ROUNDS}::test_it_is_told_again_with_the_same_identity_until_it_is_taken",),
    "Addresses must be https": (
        f"{GUARD}::test_only_a_plain_address_of_https_can_be_registered",
        f"{GUARD}::test_a_plain_address_can",
        f"{GUARD}::test_what_is_inside_is_refused",
        f"{GUARD}::test_a_name_that_really_leads_to_loopback_is_refused",
        f"{ROUNDS}::test_an_address_inside_is_not_reached_whatever_was_registered",
    ),
    "allows networks of your own": (f"{GUARD}::test_networks_of_ones_own_can_be_allowed",),
    "A server without keys answers to `localhost`": (
        f"{ORIGINS}::test_names_of_this_machine_are_answered",
        f"{ORIGINS}::test_a_name_that_only_leads_here_is_refused",
        f"{ORIGINS}::test_a_foreign_page_cannot_send_anything",
    ),
    "One that lets strangers in": (
        f"{ORIGINS}::test_strangers_come_by_a_number_or_the_machines_own_name",
        f"{ORIGINS}::test_strangers_who_are_let_in_do_not_come_by_a_foreign_name",
    ),
    "`SENTISOUND_CORS_ORIGINS=https://app.example.org` lets": (
        f"{ORIGINS}::test_a_site_that_a_setting_names_can",
        f"{ORIGINS}::test_a_name_behind_a_proxy_can_be_allowed",
    ),
    "There are no cookies": ("api/test_security.py::test_every_answer_carries_them",),
}
"""A part of each sentence, and the tests that show it."""

BUNDLES, HOSTILE_SERVER = "recognition/test_hostile_bundles.py", "api/test_hostile_bundles.py"
GRAPH, CONNECTIONS, STOP = "test_onnx_graph.py", "api/test_connections.py", "api/test_stop.py"
IN_FLIGHT, GREEDY, JOBS = "api/test_in_flight.py", "api/test_greedy_clients.py", "api/test_jobs.py"
SUPPLY, BESIDE, MIGRATE = "contract/test_supply.py", "history/test_beside.py", "history/test_migrate.py"
NO_PROMISE: tuple[str, ...] = ()
"""Of sentences that say what to do, or what is not promised."""

POLICY = {
    "Please report a vulnerability privately": NO_PROMISE,
    "Say what an attacker can do": NO_PROMISE,
    "You get an answer within a week": NO_PROMISE,
    "**A model from a stranger is safe to load.**": ("test_bundle.py::test_the_folder_holds_two_files_and_no_draft",),
    "Every field of its card has a form and a size": (
        f"{BUNDLES}::test_none_is_answered_with_or_reads_what_is_not_its_own",
        "test_bundle.py::test_a_file_outside_the_bundle_is_refused",
        "test_bundle.py::test_a_link_out_of_the_bundle_is_refused",
        f"{GRAPH}::test_operators_that_are_not_on_the_list_are_refused",
        f"{GRAPH}::test_a_graph_within_a_graph_is_refused",
        f"{GRAPH}::test_a_function_of_the_model_is_refused",
        f"{GRAPH}::test_an_initializer_outside_the_file_is_refused",
        f"{GRAPH}::test_a_field_that_is_not_known_is_refused",
        f"{GRAPH}::test_a_field_that_is_there_twice_is_refused",
        f"{GRAPH}::test_a_tag_that_two_readers_understand_differently_is_refused",
    ),
    "A model that does not ship with SentiSound then runs in processes": (
        f"{BUNDLES}::test_a_process_works_for_a_model_for_five_seconds_at_most",
        f"{BUNDLES}::test_a_confined_process_reads_its_bundle_and_writes_nothing",
        f"{BUNDLES}::test_a_model_of_ones_own_is_confined_and_those_that_ship_are_not",
        f"{HOSTILE_SERVER}::test_a_server_with_hostile_models_beside_its_own",
    ),
    "Every score is checked each time": (
        f"{BUNDLES}::test_a_model_that_turns_bad_later_opens_and_is_refused_each_time",
        f"{BUNDLES}::test_scores_are_checked_where_a_model_is_trusted_too",
    ),
    "`SENTISOUND_TRUST_MODELS=true` runs models": (f"{BUNDLES}::test_confined_or_not_the_answer_is_the_same",),
    "**Sound from a stranger is safe to decode**": (
        "api/test_hostile_media.py::test_two_hundred_hostile_files_harm_nobody",
        f"{PREPARATION}::test_an_index_too_large_for_its_memory_costs_one_sound",
        f"{PREPARATION}::test_decoding_that_takes_too_long_is_the_sound_s_fault",
        f"{PREPARATION}::test_a_sound_that_ends_its_process_twice_is_none",
        "test_workers.py::test_what_is_killed_costs_its_neighbour_nothing",
    ),
    "Content decides the type, what a header promises": (
        "audio/test_sniff.py::test_kinds",
        "audio/test_promises.py::test_what_is_promised_and_is_not_there_is_told",
        "audio/test_hostile_media.py::test_each_is_sound_or_an_error_of_sound",
    ),
    "Bytes, seconds and samples of all channels": (
        "audio/test_hostile.py::test_compressed_bombs_stop_at_the_cap",
        "audio/test_mixdown.py::test_samples_of_all_channels_are_capped_and_not_seconds_alone",
        "api/test_uploads.py::test_a_name_is_never_a_path",
    ),
    "These caps hold for the library": ("audio/test_hostile_media.py::test_each_is_sound_or_an_error_of_sound",),
    "Keep libsndfile and FFmpeg up to date": NO_PROMISE,
    "**The server binds to loopback**": (
        "api/test_server.py::test_an_address_that_others_reach_is_refused_unless_allowed",
        "api/test_uploads.py::test_the_file_is_closed_once_the_request_is_answered",
        f"{ACCESS}::test_no_secret_is_in_any_log",
    ),
    "Bound to another address it asks for a key": (
        f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",
        f"{ACCESS}::test_without_a_key_an_address_that_others_reach_is_refused",
    ),
    "**What is stolen from the database opens nothing**": (
        f"{KEYS}::test_what_is_kept_is_no_key",
        f"{USERS}::test_a_refresh_token_is_good_for_one_use_and_kept_as_a_hash",
        f"{USERS}::test_a_password_is_kept_as_an_argon2id_hash",
    ),
    "The secrets of webhooks are there as they are": NO_PROMISE,
    "**A stolen refresh token is noticed**": (f"{USERS}::test_a_used_refresh_token_ends_the_whole_family",),
    "Access tokens live for 15 minutes": (
        f"{USERS}::test_an_access_token_is_short",
        f"{ACCESS}::test_what_ends_a_session_ends_its_access_tokens_at_once",
    ),
    "**An owner sees only what is theirs**": (
        f"{OWNERSHIP}::test_every_route_is_in_the_table",
        f"{OWNERSHIP}::test_what_is_annas_is_hers_and_for_all_others_there_is_none",
        f"{KEYS}::test_no_name_sees_everybody",
    ),
    "**A page of another site cannot use a server": (
        f"{ORIGINS}::test_a_name_that_only_leads_here_is_refused",
        f"{ORIGINS}::test_a_foreign_page_cannot_send_anything",
        f"{ORIGINS}::test_by_default_no_preflight_is_answered",
    ),
    "**Webhooks do not reach inside**": (
        f"{GUARD}::test_what_is_inside_is_refused",
        f"{ROUNDS}::test_an_address_inside_is_not_reached_whatever_was_registered",
        f"{ROUNDS}::test_a_receiver_that_takes_for_ever_is_cut_off",
    ),
    "**A slow client holds nothing for long**": (
        f"{CONNECTIONS}::test_a_connection_that_asks_nothing_is_closed",
        f"{CONNECTIONS}::test_the_second_request_is_timed_too",
        f"{CONNECTIONS}::test_an_answer_that_nobody_reads_is_cut",
        f"{CONNECTIONS}::test_a_body_that_goes_on_after_its_answer_is_cut_after_so_much",
        "api/test_pace.py::test_an_upload_that_stalls_is_408",
        "api/test_pace.py::test_an_upload_that_crawls_is_408",
    ),
    "Of 1000 connections": (
        f"{CONNECTIONS}::test_the_one_that_waits_longest_makes_room",
        f"{CONNECTIONS}::test_an_address_has_only_so_many",
    ),
    "**Who has no key makes no work**": (
        f"{REQUESTS}::test_every_route_with_a_body_says_so_first",
        f"{REQUESTS}::test_a_body_that_brings_no_sound_is_short",
        f"{REQUESTS}::test_a_body_that_ends_in_two_ways_is_refused_and_the_connection_closed",
        "api/test_hostile_requests.py::test_a_hundred_hostile_requests_harm_nobody",
    ),
    "**One client does not block the others**": (
        f"{IN_FLIGHT}::test_work_ends_when_its_client_hangs_up",
        f"{IN_FLIGHT}::test_work_that_takes_longer_than_allowed_says_so",
        f"{GREEDY}::test_hours_that_are_sent_and_hung_up",
        f"{GREEDY}::test_words_of_minutes",
        f"{GREEDY}::test_many_connections_that_ask_without_a_pause",
        f"{JOBS}::test_no_owner_fills_the_queue",
    ),
    "The checksum in a bundle protects against damage": ("test_bundle.py::test_one_changed_byte_is_noticed",),
    "How to set this up": NO_PROMISE,
    "Dependencies are locked by hash": (
        f"{SUPPLY}::test_every_file_of_a_lock_has_hashes_and_comes_from_the_index",
        f"{SUPPLY}::test_the_second_list_is_asked_about_what_the_first_does_not_know",
    ),
    "CI fails for a vulnerability": (
        f"{SUPPLY}::test_the_audit_fails_for_a_vulnerability",
        f"{SUPPLY}::test_the_audit_fails_where_one_package_could_not_be_asked_about",
    ),
    "In a network with no way to either list": (f"{SUPPLY}::test_the_audit_fails_where_nothing_could_be_asked",),
    "It speaks plain HTTP: put a proxy": NO_PROMISE,
    "Rate limits are counted in the memory": NO_PROMISE,
}

DEPLOY = {
    "The server is one process with a few workers": (
        "api/test_server.py::test_as_many_processes_work_as_are_asked_for",
    ),
    "It speaks plain HTTP; a proxy": NO_PROMISE,
    "Ready files are in": NO_PROMISE,
    "Every setting is in": NO_PROMISE,
    "On Debian or Ubuntu, as root": NO_PROMISE,
    "The lock files name every package": (
        f"{SUPPLY}::test_a_lock_has_what_the_project_wants_within_its_bounds",
        f"{SUPPLY}::test_what_the_server_installs_is_what_was_tested",
        f"{SUPPLY}::test_every_file_of_a_lock_has_hashes_and_comes_from_the_index",
    ),
    "Take 3.11 or 3.13 where that matters": (
        f"{SUPPLY}::test_the_bill_of_materials_is_valid_and_lists_the_lock_and_the_models",
        f"{SUPPLY}::test_the_audit_passes_what_was_asked_about",
    ),
    "Which terms this comes under": (
        f"{SUPPLY}::test_the_notice_tells_the_terms_of_every_model_and_where_they_come_from",
        f"{SUPPLY}::test_what_pyav_carries_is_told_where_it_is_offered",
    ),
    "Without PyAV": ("audio/test_without_codecs.py::test_it_is_decoded_by_libsndfile",),
    "The server does not start where keys are asked for": (
        f"{ACCESS}::test_without_a_key_an_address_that_others_reach_is_refused",
        f"{ACCESS}::test_asking_for_keys_on_loopback_needs_one_too",
    ),
    "Make the first one; it is printed once": ("cli/test_keys.py::test_a_key_is_printed_once_alone_and_opens",),
    "A container may run it with a root": (
        "cli/test_refusals.py::test_a_user_without_a_home_analyses",
        "api/test_temporary.py::test_without_one_the_data_folder_has_it",
    ),
    "Then name two folders": ("cli/test_refusals.py::test_a_user_without_a_home_is_told_which_settings_to_give",),
    "`SENTISOUND_DATA_DIR` (kept) and": NO_PROMISE,
    "`sentisound analyze` needs none of these": (
        "cli/test_refusals.py::test_a_user_without_a_home_analyses",
        "cli/test_refusals.py::test_a_disk_that_cannot_be_written_is_enough_to_analyse",
    ),
    "Bind loopback, ask for keys all the same": NO_PROMISE,
    "`X-Forwarded-For` is believed from": (f"{LIMITS}::test_only_a_trusted_proxy_names_another_address",),
    "**nginx**": NO_PROMISE,
    "Put your host name and certificates in": NO_PROMISE,
    "**Caddy**": NO_PROMISE,
    "Caddy fetches the certificate": NO_PROMISE,
    "What a proxy must do": NO_PROMISE,
    "A server whose own network is trusted": (f"{ORIGINS}::test_a_name_behind_a_proxy_can_be_allowed",),
    "Then name the host that the proxy passes on": NO_PROMISE,
    "`SENTISOUND_ALLOWED_HOSTS=voice.example.org`": (f"{ORIGINS}::test_a_name_behind_a_proxy_can_be_allowed",),
    "Without that, a server that asks for no key answers": (
        f"{ORIGINS}::test_a_name_that_only_leads_here_is_refused",
        f"{ORIGINS}::test_strangers_come_by_a_number_or_the_machines_own_name",
    ),
    "| `/healthz` |": ("api/test_probes.py::test_the_process_answers_and_is_ready",),
    "| `/readyz` |": (
        f"{HOSTILE_SERVER}::test_a_model_that_does_not_answer_is_not_ready",
        "api/test_probes.py::test_a_database_that_is_gone_or_of_another_time_is_not_ready",
    ),
    "| `/metrics` |": (f"{ACCESS}::test_every_door_is_closed_without_a_key_and_without_the_scope",),
    "`sentisound_requests_total` (by method": ("api/test_probes.py::test_what_was_asked_and_heard_is_counted",),
    "By kind of work": NO_PROMISE,
    "`sentisound_running`, `sentisound_waiting`": NO_PROMISE,
    "`done`, `refused` (503": ("api/test_probes.py::test_what_was_asked_and_heard_is_counted",),
    "Requests whose client had gone count as status 499": (f"{IN_FLIGHT}::test_work_ends_when_its_client_hangs_up",),
    "The log goes to standard error": NO_PROMISE,
    "`SENTISOUND_LOG_FORMAT=json` writes": (
        "api/test_logs.py::test_a_json_line_says_all_and_stays_one_line",
        "api/test_logs.py::test_the_settings_decide_form_and_level",
    ),
    "Each carries the `X-Request-ID`": ("api/test_logs.py::test_each_request_is_told_once_with_its_identity",),
    "Routes are logged as patterns": (f"{ACCESS}::test_no_secret_is_in_any_log",),
    "The data folder (`SENTISOUND_DATA_DIR`) holds everything": NO_PROMISE,
    "`history.sqlite3` (history, keys, users": NO_PROMISE,
    "Nothing else needs a backup": (f"{BESIDE}::test_a_backup_of_a_history_in_use_holds_all_that_was_kept",),
    "Never copy `history.sqlite3` with `cp`": NO_PROMISE,
    "To restore a backup, stop the servers": (f"{BESIDE}::test_a_backup_of_a_history_in_use_holds_all_that_was_kept",),
    "A backup holds what people analysed": NO_PROMISE,
    "What was deleted for good lives on in backups": NO_PROMISE,
    "A stop (SIGTERM) takes half a minute": (f"{STOP}::test_a_stop_at_any_moment_answers_what_was_accepted",),
    "Requests that come meanwhile are refused": (
        f"{STOP}::test_a_stop_at_any_moment_answers_what_was_accepted",
        f"{STOP}::test_work_that_does_not_end_in_time_is_answered",
        f"{STOP}::test_work_that_does_not_end_in_time_becomes_a_job",
    ),
    "Streams of job events end": (f"{JOBS}::test_a_stop_puts_back_what_it_cannot_finish_and_ends_streams",),
    "A second SIGTERM ends the process at once": (
        f"{STOP}::test_a_second_signal_ends_at_once",
        "history/test_chaos.py::test_what_was_promised_holds_whatever_is_killed",
    ),
    "A new version brings the tables up to date": (
        f"{MIGRATE}::test_processes_that_start_at_once_do_not_collide",
        f"{MIGRATE}::test_a_migration_that_fails_leaves_nothing_behind",
    ),
    "An older version refuses a newer database": (f"{MIGRATE}::test_a_newer_database_is_refused_and_left_alone",),
    "One server uses all cores": ("api/test_server.py::test_as_many_processes_work_as_are_asked_for",),
    "Several servers (on several machines": (
        "api/test_crash.py::test_two_servers_share_their_jobs_and_one_dies",
        "history/test_chaos.py::test_what_was_promised_holds_whatever_is_killed",
    ),
    "Rate limits are counted by each": NO_PROMISE,
    "`SENTISOUND_SIGNING_SECRET` must be the same": NO_PROMISE,
}

DOCUMENTS = {"docs/security.md": SECURITY, "SECURITY.md": POLICY, "docs/deploy.md": DEPLOY}


def sentences(path: Path) -> list[str]:
    """Return the sentences of a document's prose and the rows of its tables."""
    text = re.sub(r"```.*?```", "\n\n", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.strip().splitlines()
        if not lines or lines[0].startswith("#"):
            continue
        if lines[0].startswith("|"):
            found += lines[2:]
        else:
            for item in re.split(r"\n(?=- )", block):
                found += re.split(r"(?<=[.:])\s+(?=[A-Z`])", " ".join(item.removeprefix("- ").split()))
    return found


@cache
def functions_of(name: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / name).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [(name, one) for name in DOCUMENTS for one in sentences(ROOT / name)],
    ids=lambda one: one[:40],
)
def test_a_sentence_is_shown_by_tests(document: str, sentence: str):
    named = [part for part in DOCUMENTS[document] if part in sentence]
    assert len(named) == 1, "which tests show it? name them above, by a part of it that no other sentence has"


@pytest.mark.parametrize(
    ("document", "part"), [(name, part) for name in DOCUMENTS for part in DOCUMENTS[name]], ids=lambda one: one[:40]
)
def test_what_shows_it_is_there(document: str, part: str):
    assert part in " ".join((ROOT / document).read_text(encoding="utf-8").split())
    for test in DOCUMENTS[document][part]:
        name, _, function = test.partition("::")
        assert function in functions_of(name), f"{test} is not there (any more)"
