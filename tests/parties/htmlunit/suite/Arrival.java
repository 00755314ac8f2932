import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** What reached the client's redirect URI, and what can be had for it. */
final class Arrival {
    static final String ALLOWED = "iss sub aud exp iat auth_time nonce acr amr azp at_hash c_hash s_hash nbf jti sid txn";

    final Client client;
    final Suite suite;
    /** What was asked for. */
    final Map<String, String> asked;
    /** The parameters, after a look at how they came. */
    final Map<String, String> params;

    Arrival(Client client, Map<String, String> asked, Site.Request request, String fragment) throws Exception {
        this.client = client;
        this.suite = client.suite;
        this.asked = asked;
        var inQuery = request.params();
        var inFragment = Check.decode(fragment);
        // What a redirect URI has of its own is no part of the answer.
        String own = asked.getOrDefault("redirect_uri", "");
        if (own.contains("?")) {
            var query = Check.decode(own.substring(own.indexOf('?') + 1));
            query.forEach((name, value) -> Check.same(value, inQuery.remove(name), "U-4: the registered query stays"));
        }
        if (request.method().equals("POST")) {
            Check.same("form_post", asked.get("response_mode"), "response_mode");
            Check.same("application/x-www-form-urlencoded", request.type(), "P-2: Content-Type");
            Check.that(inQuery.isEmpty() && inFragment.isEmpty(), "P-2: only in the body", inQuery, inFragment);
            params = request.form();
        } else {
            boolean isQuery = Check.words(asked.getOrDefault("response_type", "code")).equals(List.of("code"));
            Check.that(!"form_post".equals(asked.get("response_mode")), "P-2: it is posted", inQuery, inFragment);
            Check.that((isQuery ? inFragment : inQuery).isEmpty(), "P-1: the other place is empty", inQuery, inFragment);
            params = isQuery ? inQuery : inFragment;
        }
        Check.same(suite.provider.issuer, params.get("iss"), "P-4: iss");
    }

    String get(String name) {
        var value = params.get(name);
        Check.that(value != null, "there is a parameter " + name, params);
        return value;
    }

    /** Section 8: an error, and nothing else. */
    Arrival isRefusal(String... errors) {
        Check.that(List.of(errors).contains(get("error")), "E-1: the error", List.of(errors), params);
        Check.names(params, "error iss" + (asked.containsKey("state") ? " state" : ""),
            "error_description error_uri session_state", "E-2: an error");
        Check.same(asked.get("state"), params.get("state"), "E-5: state");
        Check.isDescription(params.getOrDefault("error_description", ""));
        return this;
    }

    /** Section 7: just what the response type says. */
    Arrival isGrant() {
        var words = Check.words(asked.get("response_type"));
        String needed = "iss" + (asked.containsKey("state") ? " state" : "") + (words.contains("code") ? " code" : "")
            + (words.contains("id_token") ? " id_token" : "")
            + (words.contains("token") ? " access_token token_type expires_in" : "");
        Check.names(params, needed, "session_state scope", "an answer");
        Check.same(asked.get("state"), params.get("state"), "P-3: state");
        if (words.contains("code")) {
            Check.isUnguessable(get("code"), "P-6: the code");
        }
        if (words.contains("token")) {
            Check.isUnguessable(get("access_token"), "P-6: the access token");
            Check.same("bearer", get("token_type").toLowerCase(), "P-5: token_type");
            Check.that(Long.parseLong(get("expires_in")) > 0, "P-5: expires_in");
        }
        return this;
    }

    /** The ID Token of this answer. */
    JWTClaimsSet idToken() throws Exception {
        var claims = claims(get("id_token"), JWSAlgorithm.RS256);
        // I-4
        Check.same(hash(params.get("access_token")), claims.getStringClaim("at_hash"), "I-4: at_hash");
        Check.same(hash(params.get("code")), claims.getStringClaim("c_hash"), "I-4: c_hash");
        return claims;
    }

    /** What the code is good for. */
    Map<String, Object> redeem() throws Exception {
        return tokens(client.redeem(get("code"), asked.get("redirect_uri"), null));
    }

    /** G-1 and G-2. */
    Map<String, Object> tokens(Provider.Answer answer) throws Exception {
        var tokens = answer.json(200);
        Check.that("bearer".equalsIgnoreCase((String) tokens.get("token_type")), "G-1: token_type", tokens.keySet());
        Check.that(tokens.get("expires_in") instanceof Number n && n.longValue() > 0 && n.longValue() <= 31_536_000,
            "G-2: expires_in", tokens.get("expires_in"));
        Check.isUnguessable((String) tokens.get("access_token"), "P-6: the access token");
        if (tokens.containsKey("refresh_token")) {
            Check.isUnguessable((String) tokens.get("refresh_token"), "F-2: the refresh token");
        }
        return tokens;
    }

    JWTClaimsSet idToken(Map<String, Object> tokens) throws Exception {
        var claims = claims((String) tokens.get("id_token"), JWSAlgorithm.RS256);
        var atHash = claims.getStringClaim("at_hash");
        Check.that(atHash == null || atHash.equals(hash((String) tokens.get("access_token"))), "I-5: at_hash");
        return claims;
    }

    /** Section 15, of any ID Token. */
    JWTClaimsSet claims(String token, JWSAlgorithm alg) throws Exception {
        var claims = suite.provider.verify(token, alg).getJWTClaimsSet();
        Check.same(suite.provider.issuer, claims.getIssuer(), "I-2: iss");
        Check.same(List.of(client.id), claims.getAudience(), "I-2: aud");
        Check.that(claims.getExpirationTime().after(new Date()), "I-2: exp", claims);
        var age = Duration.between(claims.getIssueTime().toInstant(), Instant.now()).abs();
        Check.that(age.toSeconds() < 300, "I-2: iat", claims);
        Check.same(asked.get("nonce"), claims.getStringClaim("nonce"), "I-2: nonce");
        Check.that(claims.getSubject().matches("[\\x21-\\x7e]{1,255}"), "I-3: sub", claims);
        var authTime = claims.getDateClaim("auth_time");
        Check.that(authTime == null || !authTime.after(new Date()), "I-7: auth_time", claims);
        Check.that(!asked.containsKey("max_age") || authTime != null, "R-7: auth_time", claims);
        var acr = claims.getClaim("acr");
        Check.that(acr == null || acr instanceof String text && !text.isBlank(), "R-10: acr", claims);
        boolean isAlone = asked.get("response_type").equals("id_token");
        if (!isAlone && !asked.containsKey("claims")) {
            // I-6 and M-4
            Check.names(claims.getClaims(), "iss sub aud exp iat", ALLOWED, "I-6: an ID Token");
        }
        return claims;
    }

    static String hash(String text) throws Exception {
        if (text == null) {
            return null;
        }
        byte[] whole = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        return Base64URL.encode(Arrays.copyOf(whole, 16)).toString();
    }

    /** V-1, by GET. */
    Map<String, Object> userinfo(String accessToken) throws Exception {
        String endpoint = suite.provider.endpoint("userinfo_endpoint");
        return suite.provider.get(endpoint, "Authorization", "Bearer " + accessToken).json(200);
    }
}
