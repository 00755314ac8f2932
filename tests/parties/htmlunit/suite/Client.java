import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A client that registers itself, as each module has its own, and is removed at the end. */
final class Client implements AutoCloseable {
    final Suite suite;
    final Map<String, Object> registered;
    final String id;
    final String secret;
    final String responseType;
    final String method;
    RSAKey key;
    /** Whom its assertions are for; the token endpoint usually. */
    String audience;

    /** With these members, further ones or others than usual; a null leaves one out. */
    Client(Suite suite, String responseType, Map<String, Object> members) throws Exception {
        this.suite = suite;
        this.responseType = responseType;
        key = newKey(null);
        var answer = register(suite, metadata(suite, responseType, key, members));
        registered = answer.json(201);
        Check.that(!registered.containsKey("error"), "an error with status 201", registered);
        id = (String) registered.get("client_id");
        secret = (String) registered.get("client_secret");
        method = (String) registered.get("token_endpoint_auth_method");
        audience = suite.provider.endpoint("token_endpoint");
        if (secret != null) {
            Check.that(registered.get("client_secret_expires_at") instanceof Number, "C-4", registered);
            Check.that(secret.matches("[A-Za-z0-9._~-]{32,}"), "C-4: characters of the secret");
        }
    }

    static RSAKey newKey(String kid) throws Exception {
        var generator = new RSAKeyGenerator(2048).keyUse(KeyUse.SIGNATURE).algorithm(JWSAlgorithm.RS256);
        return generator.keyID(kid).generate();
    }

    static Map<String, Object> metadata(Suite suite, String responseType, RSAKey key, Map<String, Object> members) {
        var words = Check.words(responseType);
        var grants = new ArrayList<String>();
        if (words.contains("code")) {
            grants.add("authorization_code");
        }
        if (words.contains("id_token") || words.contains("token")) {
            grants.add("implicit");
        }
        var all = new LinkedHashMap<String, Object>();
        all.put("client_name", "Suite under HtmlUnit");
        all.put("grant_types", grants);
        all.put("response_types", List.of(responseType));
        all.put("redirect_uris", List.of(suite.callback()));
        all.put("jwks", new JWKSet(key.toPublicJWK()).toJSONObject());
        all.put("token_endpoint_auth_method", "client_secret_basic");
        all.put("contacts", List.of("certification@example.org"));
        all.putAll(members);
        all.values().removeIf(value -> value == null);
        return all;
    }

    static Provider.Answer register(Suite suite, Map<String, Object> metadata) throws Exception {
        return suite.provider.postJson(suite.provider.endpoint("registration_endpoint"), metadata);
    }

    String managed() {
        return (String) registered.get("registration_client_uri");
    }

    String bearer() {
        return "Bearer " + registered.get("registration_access_token");
    }

    /** C-7: it can be removed, and is gone then. */
    @Override
    public void close() throws Exception {
        Check.same(204, suite.provider.delete(managed(), "Authorization", bearer()).status(), "C-7: status");
        Check.same(401, suite.provider.get(managed(), "Authorization", bearer()).status(), "C-7: it is gone");
    }

    /** What the token endpoint says to these parameters, with the client's authentication. */
    Provider.Answer token(Map<String, String> params) throws Exception {
        String endpoint = suite.provider.endpoint("token_endpoint");
        var form = new LinkedHashMap<>(params);
        var headers = new ArrayList<String>();
        switch (method) {
            case "client_secret_basic" -> {
                String pair = Check.encode(id) + ":" + Check.encode(secret);
                headers.add("Authorization");
                headers.add("Basic " + Base64.getEncoder().encodeToString(pair.getBytes()));
            }
            case "client_secret_post" -> {
                form.put("client_id", id);
                form.put("client_secret", secret);
            }
            case "none" -> form.put("client_id", id);
            default -> {
                form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.put("client_assertion", assertion());
            }
        }
        var answer = suite.provider.post(endpoint, form, headers.toArray(String[]::new));
        String cached = answer.whole().headers().firstValue("Cache-Control").orElse("");
        Check.that(cached.contains("no-store"), "T-7: Cache-Control", cached);
        return answer;
    }

    /** without a typ; with a kid only if the key has one. */
    private String assertion() throws Exception {
        var now = Instant.now();
        var claims = new JWTClaimsSet.Builder().issuer(id).subject(id).audience(audience)
            .jwtID(UUID.randomUUID().toString()).notBeforeTime(Date.from(now)).issueTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(60))).build();
        if (!method.equals("client_secret_jwt")) {
            return sign(claims);
        }
        var jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    String sign(JWTClaimsSet claims) throws Exception {
        return sign(claims, null);
    }

    String sign(JWTClaimsSet claims, String type) throws Exception {
        var header = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID())
            .type(type == null ? null : new JOSEObjectType(type)).build();
        var jwt = new SignedJWT(header, claims);
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }

    Provider.Answer redeem(String code) throws Exception {
        return redeem(code, suite.callback(), null);
    }

    Provider.Answer redeem(String code, String redirectUri, String verifier) throws Exception {
        return token(Check.params("grant_type", "authorization_code", "code", code, "redirect_uri", redirectUri,
            "code_verifier", verifier));
    }

    Provider.Answer refresh(String refreshToken, String scope) throws Exception {
        return token(Check.params("grant_type", "refresh_token", "refresh_token", refreshToken, "scope", scope));
    }
}
