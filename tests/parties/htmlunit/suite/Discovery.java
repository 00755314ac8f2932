import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The discovery document (section 2). */
final class Discovery {
    private Discovery() {}

    private static final List<String> ENDPOINTS = List.of("authorization_endpoint", "token_endpoint", "jwks_uri",
        "userinfo_endpoint", "registration_endpoint", "end_session_endpoint", "check_session_iframe",
        "introspection_endpoint", "revocation_endpoint");
    private static final List<String> SWITCHES = List.of("request_parameter_supported",
        "request_uri_parameter_supported", "claims_parameter_supported", "frontchannel_logout_supported",
        "frontchannel_logout_session_supported", "backchannel_logout_supported",
        "backchannel_logout_session_supported", "authorization_response_iss_parameter_supported");
    private static final List<String> OTHER_SWITCHES = List.of("require_request_uri_registration",
        "require_signed_request_object", "require_pushed_authorization_requests");
    private static final Map<String, String> LISTS = Map.ofEntries(
        Map.entry("response_modes_supported", "query fragment form_post"),
        Map.entry("grant_types_supported", "authorization_code implicit refresh_token"),
        Map.entry("subject_types_supported", "public pairwise"),
        Map.entry("id_token_signing_alg_values_supported", "RS256"),
        Map.entry("userinfo_signing_alg_values_supported", "RS256"),
        Map.entry("request_object_signing_alg_values_supported", "RS256"),
        Map.entry("token_endpoint_auth_methods_supported",
            "client_secret_basic client_secret_post client_secret_jwt private_key_jwt none"),
        Map.entry("token_endpoint_auth_signing_alg_values_supported", "RS256 HS256"),
        Map.entry("scopes_supported", "openid profile email address phone offline_access"),
        Map.entry("claims_supported", "sub iss auth_time acr name given_name family_name middle_name nickname profile "
            + "picture website gender birthdate zoneinfo locale updated_at preferred_username email email_verified "
            + "phone_number phone_number_verified address"),
        Map.entry("claim_types_supported", "normal"),
        Map.entry("display_values_supported", "page"),
        Map.entry("code_challenge_methods_supported", "S256"));
    /** Other members that are registered with IANA, or in an active draft. */
    private static final List<String> KNOWN = List.of("issuer", "response_types_supported", "acr_values_supported",
        "service_documentation", "op_policy_uri", "op_tos_uri", "ui_locales_supported", "claims_locales_supported",
        "prompt_values_supported", "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported", "revocation_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_signing_alg_values_supported", "introspection_signing_alg_values_supported",
        "protected_resources", "signed_metadata");

    static void run(Suite suite) {
        suite.module("discovery-members", () -> members(suite));
        suite.module("discovery-types", () -> types(suite));
    }

    private static void members(Suite suite) throws Exception {
        var metadata = suite.provider.metadata;
        var issuer = URI.create(suite.provider.issuer);
        Check.that(issuer.getScheme().equals("https") && issuer.getQuery() == null && issuer.getFragment() == null, "T-1");
        for (String name : ENDPOINTS) {
            suite.provider.endpoint(name);
        }
        for (String name : SWITCHES) {
            Check.same(true, metadata.get(name), "D-11, D-18, D-19: " + name);
        }
        for (var list : LISTS.entrySet()) {
            var values = JSONObjectUtils.getStringList(metadata, list.getKey());
            Check.that(values != null && values.containsAll(Check.words(list.getValue())), list.getKey(), values);
        }
        // D-4: the order of the words is free.
        var types = new TreeSet<String>();
        for (String type : JSONObjectUtils.getStringList(metadata, "response_types_supported")) {
            types.add(String.join(" ", new TreeSet<>(Check.words(type))));
        }
        var expected = Set.of("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token");
        Check.that(types.containsAll(expected), "D-4", types);
        for (var name : metadata.keySet()) {
            if (name.contains("signing_alg")) {
                Check.that(!JSONObjectUtils.getStringList(metadata, name).contains("none"), "D-8, D-10: none in " + name);
            }
        }
        Check.that(!JSONObjectUtils.getStringList(metadata, "acr_values_supported").isEmpty(), "D-15");
        for (var name : List.of("ui_locales_supported", "claims_locales_supported")) {
            var tags = metadata.containsKey(name) ? JSONObjectUtils.getStringList(metadata, name) : List.<String>of();
            for (String tag : tags) {
                Check.same(new Locale.Builder().setLanguageTag(tag).build().toLanguageTag(), tag, "D-17");
            }
        }
    }

    private static void types(Suite suite) {
        for (var member : suite.provider.metadata.entrySet()) {
            String name = member.getKey();
            Object value = member.getValue();
            boolean isKnown = ENDPOINTS.contains(name) || SWITCHES.contains(name) || OTHER_SWITCHES.contains(name)
                || LISTS.containsKey(name) || KNOWN.contains(name)
                || name.matches("(userinfo|id_token|request_object)_encryption_(alg|enc)_values_supported");
            Check.that(isKnown, "D-20: an unknown member", name);
            boolean isRight;
            if (name.endsWith("_endpoint") || name.endsWith("_uri") || name.equals("issuer")) {
                isRight = value instanceof String url && URI.create(url).isAbsolute();
            } else if (SWITCHES.contains(name) || OTHER_SWITCHES.contains(name)) {
                isRight = value instanceof Boolean;
            } else if (name.endsWith("_supported") || name.equals("protected_resources")) {
                isRight = value instanceof List<?> list && !list.isEmpty()
                    && list.stream().allMatch(one -> one instanceof String text && !text.isBlank());
            } else {
                isRight = value instanceof String;
            }
            Check.that(isRight, "D-21: the type of " + name, value);
        }
    }
}
