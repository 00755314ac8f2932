import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** Cardea, as a program sees it. */
final class Provider {
    /** An answer of its endpoints. */
    record Answer(int status, String type, String body, HttpResponse<String> whole) {
        Map<String, Object> json(int expected) throws Exception {
            Check.same(expected, status, "status of " + whole.request().uri() + " with " + body);
            Check.that(type.split(";")[0].trim().equals("application/json"), "it is no JSON", type);
            return JSONObjectUtils.parse(body);
        }

        /** RFC 6749, 5.2. */
        void isRefusal(int expected, String error) throws Exception {
            var told = json(expected);
            Check.same(error, told.get("error"), "error");
            Check.names(told, "error", "error_description error_uri", "a refusal");
            Check.isDescription((String) told.getOrDefault("error_description", ""));
        }
    }

    final String issuer;
    final Map<String, Object> metadata;
    private final HttpClient http;

    Provider(String issuer, SSLContext tls) throws Exception {
        this.issuer = issuer;
        http = HttpClient.newBuilder().sslContext(tls).connectTimeout(Duration.ofSeconds(10)).build();
        metadata = get(issuer + "/.well-known/openid-configuration").json(200);
        Check.same(issuer, metadata.get("issuer"), "issuer");
    }

    String endpoint(String name) {
        var url = (String) metadata.get(name);
        Check.that(url != null && url.startsWith("https://"), name + " is https", metadata);
        return url;
    }

    Answer get(String url, String... headers) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url)).GET(), headers);
    }

    Answer delete(String url, String... headers) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url)).DELETE(), headers);
    }

    Answer post(String url, Map<String, String> form, String... headers) throws Exception {
        var body = HttpRequest.BodyPublishers.ofString(Check.encode(form));
        var request = HttpRequest.newBuilder(URI.create(url)).POST(body);
        return send(request.header("Content-Type", "application/x-www-form-urlencoded"), headers);
    }

    Answer postJson(String url, Map<String, ?> object) throws Exception {
        var body = HttpRequest.BodyPublishers.ofString(JSONObjectUtils.toJSONString(object));
        return send(HttpRequest.newBuilder(URI.create(url)).POST(body).header("Content-Type", "application/json"));
    }

    private Answer send(HttpRequest.Builder request, String... headers) throws Exception {
        if (headers.length > 0) {
            request.headers(headers);
        }
        var response = http.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        String type = response.headers().firstValue("Content-Type").orElse("");
        return new Answer(response.statusCode(), type, response.body(), response);
    }

    JWKSet jwks() throws Exception {
        var answer = get(endpoint("jwks_uri"));
        answer.json(200);
        return JWKSet.parse(answer.body());
    }

    /** A token that it has signed: its header names a published key that fits (K-6). */
    SignedJWT verify(String token, JWSAlgorithm expected) throws Exception {
        var jwt = SignedJWT.parse(token);
        var header = jwt.getHeader();
        Check.same(expected, header.getAlgorithm(), "alg");
        Check.that(header.getKeyID() != null, "the header has a kid", header);
        JWK key = jwks().getKeyByKeyId(header.getKeyID());
        Check.that(key != null, "the kid is published", header);
        Check.that(key.getAlgorithm() == null || key.getAlgorithm().equals(expected), "the key's alg fits", key);
        Check.that(key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE), "the key's use fits", key);
        var publicKey = ((AsymmetricJWK) key).toPublicKey();
        var verifier = new DefaultJWSVerifierFactory().createJWSVerifier(header, publicKey);
        Check.that(jwt.verify(verifier), "the signature is right", header);
        return jwt;
    }
}
