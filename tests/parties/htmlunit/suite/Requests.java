import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a request may ask for, and what comes of a wrong one (sections 5, 6, 8, 9, 13 and 14). */
final class Requests {
    private Requests() {}

    static void run(Suite suite) {
        suite.module("prompt-none", () -> promptNone(suite));
        suite.module("prompt-login", () -> again(suite, "prompt", "login", true));
        suite.module("max-age-1", () -> again(suite, "max_age", "1", true));
        suite.module("max-age-10000", () -> again(suite, "max_age", "10000", false));
        suite.module("prompt-consent", () -> promptConsent(suite));
        suite.module("hints", () -> hints(suite));
        suite.module("passed-over", () -> passedOver(suite));
        suite.module("claims", () -> claims(suite));
        suite.module("refresh-token", () -> refresh(suite));
        suite.module("code-reuse", () -> reuse(suite));
        suite.module("userinfo-signed", () -> signedUserInfo(suite));
        suite.module("declined", () -> declined(suite));
        suite.module("posted-request", () -> posted(suite));
        suite.module("redirect-uri", () -> redirectUri(suite));
        suite.module("refusals", () -> refusals(suite));
    }

    private static JWTClaimsSet signIn(Person person, Client client, Map<String, String> request) throws Exception {
        var arrival = person.authorize(client, request).isGrant();
        return arrival.idToken(arrival.redeem());
    }

    private static void promptNone(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var silent = Request.of(client, "prompt", "none");
            person.authorize(client, silent).isRefusal("login_required");
            var first = signIn(person, client, Request.of(client));
            var second = signIn(person, client, silent);
            Check.same(List.of(), person.visited, "R-1: pages");
            Check.same(first.getSubject(), second.getSubject(), "R-1: sub");
            Check.same(first.getClaim("auth_time"), second.getClaim("auth_time"), "R-1: auth_time");
        }
    }

    /** Signs in twice; the second time is asked with this parameter, and is a sign-in of its own or not. */
    private static void again(Suite suite, String name, String value, boolean isNew) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var first = signIn(person, client, Request.of(client, "max_age", "15000"));
            Thread.sleep(2_100);
            var second = signIn(person, client, Request.of(client, name, value));
            Check.same(isNew ? List.of("login") : List.of(), person.visited, "pages");
            Check.same(first.getSubject(), second.getSubject(), "sub");
            if (name.equals("max_age")) {
                boolean isLater = second.getDateClaim("auth_time").after(first.getDateClaim("auth_time"));
                Check.same(isNew, isLater, "auth_time is later");
            }
        }
    }

    private static void promptConsent(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            signIn(person, client, Request.of(client));
            signIn(person, client, Request.of(client, "prompt", "consent"));
            Check.same(List.of("consent"), person.visited, "pages");
        }
    }

    private static void hints(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite); var other = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client, "login_hint", suite.username)).isGrant();
            var tokens = arrival.redeem();
            String hint = (String) tokens.get("id_token");
            var again = signIn(person, client, Request.of(client, "prompt", "none", "id_token_hint", hint));
            Check.same(arrival.idToken(tokens).getSubject(), again.getSubject(), "R-9: sub");

            other.open(suite.provider.endpoint("authorization_endpoint") + "?"
                + Check.encode(Request.of(client, "login_hint", suite.username)));
            var field = (org.htmlunit.html.HtmlInput) other.page().getElementById("username");
            Check.same(suite.username, field.getValue(), "login_hint is filled in");
        }
    }

    private static void passedOver(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            signIn(person, client, Request.of(client, "display", "popup", "ui_locales", "se",
                "claims_locales", "se", "acr_values", "1 2", "extra", "foobar", "nonce", null));
        }
    }

    private static void claims(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            String wishes = "{\"userinfo\":{\"name\":{\"essential\":true}},\"id_token\":{\"email\":null}}";
            var arrival = person.authorize(client, Request.of(client, "claims", wishes)).isGrant();
            var tokens = arrival.redeem();
            Check.that(arrival.idToken(tokens).getClaim("email") != null, "email in the ID Token");
            var told = arrival.userinfo((String) tokens.get("access_token"));
            Check.names(told, "sub name", "", "UserInfo");

            var all = person.authorize(client, Request.of(client, "scope", "openid profile email address phone"));
            told = all.userinfo((String) all.isGrant().redeem().get("access_token"));
            Check.that(told.get("email_verified") instanceof Boolean, "M-3: email_verified", told);
            for (var claim : told.entrySet()) {
                Check.that(claim.getValue() != null && !claim.getValue().equals(""), "M-3: empty", claim.getKey());
            }
        }
    }

    private static void refresh(Suite suite) throws Exception {
        var members = Map.<String, Object>of("grant_types", List.of("authorization_code", "refresh_token"));
        try (var client = suite.client("code", members); var other = suite.client("code", members);
            var person = new Person(suite)) {
            var arrival = person.authorize(client,
                Request.of(client, "scope", "openid offline_access", "prompt", "consent")).isGrant();
            var tokens = arrival.redeem();
            String token = (String) tokens.get("refresh_token");
            Check.that(token != null, "F-1: a refresh token", tokens.keySet());
            other.refresh(token, null).isRefusal(400, "invalid_grant");
            var renewed = arrival.tokens(client.refresh(token, null));
            Check.that(!renewed.get("access_token").equals(tokens.get("access_token")), "F-3: another access token");
            arrival.userinfo((String) renewed.get("access_token"));
        }
    }

    private static void reuse(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client)).isGrant();
            var tokens = arrival.redeem();
            client.redeem(arrival.get("code")).isRefusal(400, "invalid_grant");
            var answer = suite.provider.get(suite.provider.endpoint("userinfo_endpoint"), "Authorization",
                "Bearer " + tokens.get("access_token"));
            Check.same(401, answer.status(), "G-8: what came of the code has ended");
        }
    }

    private static void signedUserInfo(Suite suite) throws Exception {
        try (var client = suite.client("code", Map.of("userinfo_signed_response_alg", "RS256"));
            var person = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client)).isGrant();
            var tokens = arrival.redeem();
            var answer = suite.provider.get(suite.provider.endpoint("userinfo_endpoint"), "Authorization",
                "Bearer " + tokens.get("access_token"));
            Check.same("application/jwt", answer.type(), "V-6: Content-Type");
            var claims = suite.provider.verify(answer.body(), JWSAlgorithm.RS256).getJWTClaimsSet();
            Check.same(arrival.idToken(tokens).getSubject(), claims.getSubject(), "V-6: sub");
            Check.same(suite.provider.issuer, claims.getIssuer(), "V-6: iss");
            Check.same(List.of(client.id), claims.getAudience(), "V-6: aud");
        }
    }

    private static void declined(Suite suite) throws Exception {
        for (String type : List.of("code", "code id_token token")) {
            try (var client = suite.client(type); var person = new Person(suite)) {
                person.decision = "decline";
                person.authorize(client, Request.of(client)).isRefusal("access_denied");
                person.authorize(client, Request.of(client, "response_mode", "form_post")).isRefusal("access_denied");
            }
        }
    }

    private static void posted(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var params = Request.of(client);
            person.post(suite.provider.endpoint("authorization_endpoint"), params);
            person.arrive(client, params).isGrant().redeem();
        }
    }

    private static void redirectUri(Suite suite) throws Exception {
        String with = suite.callback() + "?foo=bar";
        try (var client = suite.client("code", Map.of("redirect_uris", List.of(suite.callback(), with)));
            var person = new Person(suite)) {
            person.authorize(client, Request.of(client, "redirect_uri", with)).isGrant().redeem();
            suite.site.forget();
            for (String wrong : new String[] {suite.callback() + "/x", suite.callback() + "?foo=bar&more=1", null}) {
                person.open(suite.provider.endpoint("authorization_endpoint") + "?"
                    + Check.encode(Request.of(client, "redirect_uri", wrong)));
                person.refused();
            }
        }
    }

    private static void refusals(Suite suite) throws Exception {
        try (var client = suite.client("code"); var implicit = suite.client("id_token");
            var person = new Person(suite)) {
            var wrong = new HashMap<Map<String, String>, String>();
            wrong.put(Request.of(client, "response_type", null), "invalid_request");
            wrong.put(Request.of(client, "prompt", "none login"), "invalid_request");
            wrong.put(Request.of(client, "scope", "openid", "code_challenge_method", "S256"), "invalid_request");
            for (var one : wrong.entrySet()) {
                person.authorize(client, one.getKey()).isRefusal(one.getValue());
            }
            var broken = Request.of(client, "request", "e30.e30.");
            person.authorize(client, broken).isRefusal("invalid_request_object");
            person.authorize(implicit, Request.of(implicit, "nonce", null)).isRefusal("invalid_request");
        }
    }
}
