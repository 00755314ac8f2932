//! Hostile input, line by line: what is tried here, and where the rest is proven.

mod methods;
mod requests;

use std::path::Path;

/// Each kind of hostile input with tests that fail if something were granted or leaked.
const LINES: &[(&str, &[&str])] = &[
    (
        "algorithm confusion and none",
        &[
            "hmac_with_the_public_key_as_secret_is_refused",
            "an_unsigned_token_is_refused",
            "a_key_serves_no_algorithm_but_its_own",
            "a_secret_checks_no_signature_and_a_key_no_mac",
            "a_wrong_assertion_proves_nothing",
            "what_others_made_or_nobody_signed_is_refused",
            "a_hint_that_is_not_ours_is_refused",
        ],
    ),
    ("keys that a header supplies", &["a_key_in_the_header_is_never_used"]),
    (
        "replayed assertions",
        &[
            "a_signed_assertion_proves_its_client_once",
            "of_fifty_uses_of_one_assertion_on_two_nodes_one_counts",
        ],
    ),
    (
        "mixed-up clients",
        &[
            "another_client_can_neither_redeem_a_code_nor_use_it_up",
            "another_client_can_neither_use_a_refresh_token_nor_spoil_it",
            "another_client_learns_nothing_from_a_refresh_token_and_uses_nothing_up",
            "others_learn_nothing_unless_it_is_meant_for_them",
            "what_is_another_clients_nobody_can_revoke",
            "whoever_has_another_token_learns_nothing",
            "a_name_must_fit_the_hint_and_nothing_comes_twice",
            "what_others_made_or_nobody_signed_is_refused",
        ],
    ),
    (
        "oversize and deeply nested input",
        &[
            "a_body_that_is_too_large_is_refused",
            "what_is_no_metadata_registers_nothing",
            "an_oversized_token_is_refused_though_its_signature_is_good",
            "what_is_nested_deeply_or_is_no_json_grants_nothing",
            "what_is_too_large_is_cut_off",
        ],
    ),
    (
        "requests into our own network",
        &[
            "what_only_some_can_reach_is_not",
            "an_ipv4_address_does_not_hide_in_an_ipv6_one",
            "one_private_address_spoils_the_name",
            "who_is_not_exempt_must_have_a_public_address",
            "redirects_are_not_followed",
            "nothing_is_asked_within_the_house",
            "a_name_that_leads_nowhere_looks_like_one_that_leads_inside",
        ],
    ),
    (
        "open redirects",
        &[
            "only_the_registered_text_itself_counts",
            "nobody_is_redirected_for_an_unknown_or_disabled_client",
            "an_address_that_is_not_registered_is_refused",
            "next_leads_to_our_own_pages_only",
        ],
    ),
    (
        "script in what is shown",
        &[
            "a_script_in_any_text_of_any_page_is_text",
            "a_script_in_the_frame_of_any_page_is_text",
            "what_people_write_about_themselves_is_text_on_every_page",
            "what_an_app_says_about_itself_is_shown_as_text",
            "what_was_sent_is_shown_as_text_only",
            "a_form_post_page_submits_plain_fields_and_nothing_else",
        ],
    ),
    (
        "forms of others",
        &[
            "every_address_that_takes_a_form_is_tried_here",
            "a_form_without_the_token_of_this_browser_changes_nothing",
            "a_form_that_another_site_sends_changes_nothing",
            "a_form_of_the_console_without_its_token_changes_nothing",
            "a_form_of_the_console_for_clients_without_its_token_changes_nothing",
        ],
    ),
    (
        "framing by others",
        &[
            "every_page_carries_the_headers_that_keep_it_safe",
            "the_sign_in_form_may_end_at_the_clients_origin_and_nowhere_else",
        ],
    ),
    ("line breaks in what is echoed", &["a_line_break_in_a_parameter_makes_no_header"]),
    ("other names of the host", &["no_header_changes_a_url", "without_a_trusted_proxy_nobody_is_believed"]),
    (
        "parameters that come twice",
        &[
            "a_repeated_parameter_is_refused",
            "nobody_is_redirected_when_client_or_redirect_uri_come_twice",
            "a_parameter_of_a_clients_request_that_comes_twice_is_refused",
            "a_name_must_fit_the_hint_and_nothing_comes_twice",
        ],
    ),
    (
        "methods and content types",
        &[
            "no_method_and_no_content_type_is_a_fault_or_grants",
            "parameters_that_are_no_form_do_not_count",
            "a_method_that_is_not_for_a_page_is_refused",
        ],
    ),
    (
        "races for what there is once",
        &[
            "of_fifty_redemptions_of_one_code_one_succeeds_and_its_tokens_end",
            "of_fifty_refreshes_with_one_token_one_succeeds_and_the_family_ends",
            "two_nodes_spend_a_code_and_a_refresh_token_once",
            "of_fifty_uses_of_one_assertion_on_two_nodes_one_counts",
            "of_fifty_at_once_five_pass_with_five_uses",
            "of_many_who_hold_the_link_one_finishes",
            "both_decisions_at_once_are_one_decision",
            "of_many_who_rotate_at_once_one_does",
            "no_grant_slips_by_the_end_of_its_session",
        ],
    ),
];

fn sources(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_line_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&root.join("src"), &mut text);
    sources(&root.join("tests"), &mut text);
    for (line, tests) in LINES {
        for test in *tests {
            assert!(text.contains(&format!("fn {test}(")), "{line}: there is no test {test}");
        }
    }
}
