import com.nimbusds.jose.util.JSONObjectUtils;
import java.util.List;
import java.util.Map;

/** All response types in all response modes, each with its own client (sections 7, 12, 13, 15 and 16). */
final class ResponseTypes {
    private ResponseTypes() {}

    static final List<String> ALL = List.of("code", "id_token", "id_token token", "code id_token", "code token",
        "code id_token token", "token");

    static void run(Suite suite) {
        for (String type : ALL) {
            for (String mode : new String[] {null, "form_post"}) {
                suite.module("server " + type + (mode == null ? "" : " " + mode), () -> sign_in(suite, type, mode));
            }
        }
        for (String method : List.of("client_secret_basic", "client_secret_post", "client_secret_jwt",
            "private_key_jwt", "none")) {
            suite.module("client-authentication " + method, () -> authenticate(suite, method));
        }
    }

    /** H-1: pages work without script, but for the one that submits itself. */
    static void runWithoutScript(Suite suite) {
        for (String type : List.of("code", "code id_token token")) {
            suite.module("without-script " + type, () -> {
                try (var client = suite.client(type); var person = new Person(suite, false)) {
                    var arrival = person.authorize(client, Request.of(client)).isGrant();
                    Check.same(List.of("login", "consent"), person.visited, "pages");
                    arrival.redeem();
                }
            });
        }
        suite.module("without-script decline", () -> {
            try (var client = suite.client("code"); var person = new Person(suite, false)) {
                person.decision = "decline";
                person.authorize(client, Request.of(client)).isRefusal("access_denied");
            }
        });
        suite.module("without-script form_post", () -> {
            try (var client = suite.client("code"); var person = new Person(suite, false)) {
                var params = Request.of(client, "response_mode", "form_post");
                person.open(suite.provider.endpoint("authorization_endpoint") + "?" + Check.encode(params));
                person.follow();
                person.press("continue");
                person.arrive(client, params).isGrant().redeem();
            }
        });
        suite.module("without-script logout", () -> Logout.leave(suite, new Person(suite, false)));
    }

    private static void sign_in(Suite suite, String type, String mode) throws Exception {
        try (var client = suite.client(type); var person = new Person(suite)) {
            var params = Request.of(client, "response_mode", mode, "scope", "openid email");
            var arrival = person.authorize(client, params).isGrant();
            Check.same(List.of("login", "consent"), person.visited, "pages");
            String subject = null;
            if (arrival.params.containsKey("id_token")) {
                var claims = arrival.idToken();
                subject = claims.getSubject();
                // M-4 and M-5
                Check.same(type.equals("id_token"), claims.getClaim("email") != null, "M-5: email in the ID Token");
            }
            if (arrival.params.containsKey("access_token")) {
                subject = isKnown(arrival, arrival.get("access_token"), subject);
            }
            if (arrival.params.containsKey("code")) {
                var tokens = arrival.redeem();
                var claims = arrival.idToken(tokens);
                Check.that(subject == null || subject.equals(claims.getSubject()), "I-3: the same sub", subject, claims);
                isKnown(arrival, (String) tokens.get("access_token"), claims.getSubject());
                Check.that(claims.getClaim("email") == null, "M-4: email in the ID Token");
            }
            // neither is asked again.
            person.authorize(client, Request.of(client, "response_mode", mode, "scope", "openid email")).isGrant();
            Check.same(List.of(), person.visited, "pages of the second time");
        }
    }

    /** P-5 and V-4. */
    private static String isKnown(Arrival arrival, String accessToken, String subject) throws Exception {
        var told = arrival.userinfo(accessToken);
        Check.that(subject == null || subject.equals(told.get("sub")), "I-3: the same sub", subject, told);
        Check.that(told.containsKey("email"), "M-2: email", told);
        return JSONObjectUtils.getString(told, "sub");
    }

    private static void authenticate(Suite suite, String method) throws Exception {
        Map<String, Object> members = Map.of("token_endpoint_auth_method", method,
            "grant_types", List.of("authorization_code", "refresh_token"));
        try (var client = suite.client("code", members); var person = new Person(suite)) {
            String verifier = "a".repeat(20) + client.id + "b".repeat(43);
            verifier = verifier.substring(0, 64);
            // A client without a secret has to bring one.
            String challenge = method.equals("none") ? challenge(verifier) : null;
            for (String audience : List.of(client.audience, suite.provider.issuer)) {
                var arrival = person.authorize(client, Request.of(client, "code_challenge", challenge,
                    "code_challenge_method", challenge == null ? null : "S256", "scope", "openid offline_access",
                    "prompt", "consent"));
                client.audience = audience;
                var answer = client.redeem(arrival.isGrant().get("code"), suite.callback(), challenge == null ? null : verifier);
                var tokens = arrival.tokens(answer);
                arrival.idToken(tokens);
                arrival.tokens(client.refresh((String) tokens.get("refresh_token"), null));
            }
        }
    }

    static String challenge(String verifier) throws Exception {
        byte[] hash = java.security.MessageDigest.getInstance("SHA-256").digest(verifier.getBytes());
        return com.nimbusds.jose.util.Base64URL.encode(hash).toString();
    }
}
