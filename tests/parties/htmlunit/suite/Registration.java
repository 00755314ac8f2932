import com.nimbusds.jose.util.JSONObjectUtils;
import java.util.List;
import java.util.Map;

/** Dynamic registration and management (section 4). */
final class Registration {
    private Registration() {}

    static void run(Suite suite) {
        suite.module("registration", () -> register(suite));
        suite.module("registration-defaults", () -> defaults(suite));
        suite.module("registration-unknown-members", () -> unknownMembers(suite));
        suite.module("registration-fragment-in-redirect-uri", () -> refused(suite, "invalid_redirect_uri",
            Map.of("redirect_uris", List.of(suite.callback() + "#fragment"))));
        suite.module("registration-initiate-login-over-http", () -> refused(suite, "invalid_client_metadata",
            Map.of("initiate_login_uri", "http" + suite.site.origin.substring(5) + "/initiate")));
        suite.module("registration-sector", () -> sector(suite));
        suite.module("registration-sector-bad", () -> sectorBad(suite));
        suite.module("registration-uris", () -> uris(suite));
    }

    private static void refused(Suite suite, String error, Map<String, Object> members) throws Exception {
        var metadata = Client.metadata(suite, "code", Client.newKey(null), members);
        Client.register(suite, metadata).isRefusal(400, error);
    }

    /** What was sent comes back, and can be read again. */
    private static void isKept(Client client, Map<String, Object> members) throws Exception {
        var read = client.suite.provider.get(client.managed(), "Authorization", client.bearer()).json(200);
        for (var member : members.entrySet()) {
            String name = member.getKey();
            Check.same(member.getValue(), client.registered.get(name), "C-1: " + name);
            Check.same(member.getValue(), read.get(name), "C-6: " + name);
        }
        Check.same(client.id, read.get("client_id"), "C-6: client_id");
        Check.that(client.managed().startsWith("https://"), "C-5: registration_client_uri", client.managed());
        Check.that(client.bearer().length() > 20, "C-5: registration_access_token");
    }

    private static void register(Suite suite) throws Exception {
        String origin = suite.site.origin;
        Map<String, Object> members = Map.ofEntries(
            Map.entry("id_token_signed_response_alg", "RS256"),
            Map.entry("userinfo_signed_response_alg", "RS256"),
            Map.entry("request_object_signing_alg", "RS256"),
            Map.entry("initiate_login_uri", origin + "/initiate"),
            Map.entry("logo_uri", origin + "/logo.png"),
            Map.entry("policy_uri", origin + "/policy"),
            Map.entry("tos_uri", origin + "/tos"),
            Map.entry("post_logout_redirect_uris", List.of(origin + "/goodbye")),
            Map.entry("frontchannel_logout_uri", origin + "/frontchannel"),
            Map.entry("frontchannel_logout_session_required", true),
            Map.entry("backchannel_logout_uri", origin + "/backchannel"),
            Map.entry("backchannel_logout_session_required", true),
            Map.entry("contacts", List.of("certification@example.org")),
            Map.entry("client_name", "Suite under HtmlUnit"),
            Map.entry("redirect_uris", List.of(suite.callback())),
            Map.entry("token_endpoint_auth_method", "client_secret_post"));
        try (var client = suite.client("code id_token token", members)) {
            isKept(client, members);
            var key = JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.getJSONObject(client.registered, "jwks"), "keys")[0];
            Check.that(!key.containsKey("kid"), "C-1: the key is as it was sent", key);
        }
        for (String type : List.of("code", "id_token", "id_token token", "code id_token", "code token",
            "code id_token token")) {
            try (var client = suite.client(type)) {
                var types = JSONObjectUtils.getStringList(client.registered, "response_types");
                Check.that(types.size() == 1 && List.of(type.split(" ")).containsAll(Check.words(types.get(0))), "C-3", types);
            }
        }
    }

    private static void defaults(Suite suite) throws Exception {
        Map<String, Object> members = new java.util.HashMap<>();
        for (String name : List.of("grant_types", "response_types", "token_endpoint_auth_method", "jwks", "contacts")) {
            members.put(name, null);
        }
        try (var client = suite.client("code", members)) {
            isKept(client, Map.of("token_endpoint_auth_method", "client_secret_basic",
                "id_token_signed_response_alg", "RS256", "response_types", List.of("code"),
                "grant_types", List.of("authorization_code")));
        }
    }

    private static void unknownMembers(Suite suite) throws Exception {
        try (var client = suite.client("code", Map.of("extra", "foobar", "x_object", Map.of("a", 1)))) {
            Check.that(!client.registered.containsKey("extra"), "C-2: it is passed over", client.registered);
        }
    }

    private static void sector(Suite suite) throws Exception {
        String uri = suite.site.serve("/sector", "application/json", () -> "[\"" + suite.callback() + "\"]");
        Map<String, Object> members = Map.of("subject_type", "pairwise", "sector_identifier_uri", uri);
        try (var client = suite.client("code", members); var other = suite.client("code");
            var person = new Person(suite)) {
            isKept(client, members);
            var own = person.authorize(client, Request.of(client)).isGrant();
            var another = person.authorize(other, Request.of(other)).isGrant();
            String pairwise = own.idToken(own.redeem()).getSubject();
            Check.that(!pairwise.equals(another.idToken(another.redeem()).getSubject()), "it is a sub of its own");
        }
    }

    private static void sectorBad(Suite suite) throws Exception {
        String uri = suite.site.serve("/sector-bad", "application/json", () -> "[\"https://other.example/callback\"]");
        refused(suite, "invalid_client_metadata", Map.of("subject_type", "pairwise", "sector_identifier_uri", uri));
    }

    private static void uris(Suite suite) throws Exception {
        String hash = "#" + Client.newKey(null).computeThumbprint();
        Map<String, Object> members = Map.of(
            "redirect_uris", List.of(suite.callback(), suite.callback() + "?foo=bar%20baz", suite.callback() + "/other"),
            "request_uris", List.of(suite.site.origin + "/request" + hash));
        try (var client = suite.client("code", members)) {
            isKept(client, members);
        }
    }
}
