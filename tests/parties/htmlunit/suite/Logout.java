import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** RP-initiated, front-channel and back-channel logout (sections 17 to 19). */
final class Logout {
    private Logout() {}

    static void run(Suite suite) {
        suite.module("rp-initiated-logout", () -> leave(suite, new Person(suite)));
        suite.module("rp-initiated-logout-without-hint", () -> withoutHint(suite));
        suite.module("rp-initiated-logout-refused", () -> refused(suite));
        suite.module("front-channel-logout", () -> frontChannel(suite));
        suite.module("back-channel-logout", () -> backChannel(suite));
    }

    private static Client client(Suite suite, Object... members) throws Exception {
        var all = new HashMap<String, Object>(Map.of("post_logout_redirect_uris", List.of(suite.site.origin + "/goodbye")));
        for (int i = 0; i < members.length; i += 2) {
            all.put((String) members[i], members[i + 1]);
        }
        return suite.client("code", all);
    }

    private static String signIn(Person person, Client client) throws Exception {
        return (String) person.authorize(client, Request.of(client)).isGrant().redeem().get("id_token");
    }

    private static void end(Person person, String... params) throws Exception {
        String endpoint = person.suite.provider.endpoint("end_session_endpoint");
        person.open(endpoint + "?" + Check.encode(Check.params(params)));
    }

    private static void isOver(Person person, Client client) throws Exception {
        person.authorize(client, Request.of(client, "prompt", "none")).isRefusal("login_required");
    }

    /** With a hint nobody is asked, and the state comes back. */
    static void leave(Suite suite, Person somebody) throws Exception {
        try (var person = somebody; var client = client(suite)) {
            String hint = signIn(person, client);
            String state = UUID.randomUUID() + " &=+%";
            end(person, "id_token_hint", hint, "state", state, "post_logout_redirect_uri", suite.site.origin + "/goodbye");
            Check.same(Map.of("state", state), suite.site.await("/goodbye").params(), "L-2: the parameters");
            isOver(person, client);
        }
    }

    private static void withoutHint(Suite suite) throws Exception {
        try (var person = new Person(suite); var client = client(suite)) {
            signIn(person, client);
            end(person);
            person.press("stay");
            person.authorize(client, Request.of(client, "prompt", "none")).isGrant();
            end(person);
            person.press("sign-out");
            Check.that(person.text().contains("signed out"), "L-6: the last page says so", person.text());
            isOver(person, client);
        }
    }

    private static void refused(Suite suite) throws Exception {
        try (var person = new Person(suite); var client = client(suite)) {
            String hint = signIn(person, client);
            String goodbye = suite.site.origin + "/goodbye";
            String forged = hint.substring(0, hint.lastIndexOf('.') + 1) + "AAAA";
            suite.site.forget();
            end(person, "id_token_hint", hint, "post_logout_redirect_uri", goodbye + "?more=1");
            person.refused();
            end(person, "id_token_hint", forged, "post_logout_redirect_uri", goodbye);
            person.refused();
            person.authorize(client, Request.of(client, "prompt", "none")).isGrant();
        }
    }

    private static void frontChannel(Suite suite) throws Exception {
        try (var person = new Person(suite); var client = client(suite, "frontchannel_logout_uri",
            suite.site.origin + "/frontchannel?a=b", "frontchannel_logout_session_required", true)) {
            String hint = signIn(person, client);
            var claims = suite.provider.verify(hint, JWSAlgorithm.RS256).getJWTClaimsSet();
            end(person, "id_token_hint", hint, "post_logout_redirect_uri", suite.site.origin + "/goodbye");
            var told = suite.site.await("/frontchannel").params();
            Check.same(Map.of("a", "b", "iss", suite.provider.issuer, "sid", claims.getStringClaim("sid")), told,
                "N-2: the parameters");
            suite.site.await("/goodbye");
            isOver(person, client);
        }
    }

    private static void backChannel(Suite suite) throws Exception {
        try (var person = new Person(suite);
            var client = client(suite, "backchannel_logout_uri", suite.site.origin + "/backchannel")) {
            String hint = signIn(person, client);
            var idToken = suite.provider.verify(hint, JWSAlgorithm.RS256).getJWTClaimsSet();
            end(person, "id_token_hint", hint, "post_logout_redirect_uri", suite.site.origin + "/goodbye");
            suite.site.await("/goodbye");
            var told = suite.site.await("/backchannel");
            Check.same("POST", told.method(), "B-2: the method");
            Check.same("application/x-www-form-urlencoded", told.type().split(";")[0], "B-2: Content-Type");
            Check.names(told.form(), "logout_token", "", "B-2: the form");
            isLogoutToken(client, told.form().get("logout_token"), idToken);
            isOver(person, client);
        }
    }

    private static void isLogoutToken(Client client, String token, JWTClaimsSet idToken) throws Exception {
        var jwt = client.suite.provider.verify(token, JWSAlgorithm.RS256);
        var claims = jwt.getJWTClaimsSet();
        Check.same("logout+jwt", String.valueOf(jwt.getHeader().getType()), "B-3: typ");
        Check.same(client.suite.provider.issuer, claims.getIssuer(), "B-3: iss");
        Check.same(List.of(client.id), claims.getAudience(), "B-3: aud");
        Check.names(claims.getClaims(), "iss aud iat exp jti events", "sub sid", "B-3: a logout token");
        Check.same(Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()), claims.getClaim("events"),
            "B-3: events");
        Check.same(idToken.getStringClaim("sid"), claims.getStringClaim("sid"), "B-3: sid");
        Check.same(idToken.getSubject(), claims.getSubject(), "B-3: sub");
    }
}
