import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import com.nimbusds.jose.crypto.RSADecrypter;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import java.util.List;
import java.util.Map;

/** Request objects by value and by reference, and what is encrypted either way (sections 10 and 14). */
final class RequestObjects {
    private RequestObjects() {}

    static void run(Suite suite) {
        suite.module("request-signed", () -> accepted(suite, false, false));
        suite.module("request-uri-signed", () -> accepted(suite, true, false));
        suite.module("request-encrypted", () -> accepted(suite, false, true));
        suite.module("request-unsigned", () -> unsigned(suite));
        suite.module("id-token-encrypted", () -> encryptedIdToken(suite));
    }

    private static JWTClaimsSet object(Client client, Map<String, String> params) {
        var claims = new JWTClaimsSet.Builder().issuer(client.id).audience(client.suite.provider.issuer);
        params.forEach(claims::claim);
        return claims.build();
    }

    private static void accepted(Suite suite, boolean isByReference, boolean isEncrypted) throws Exception {
        String path = "/request";
        Map<String, Object> members = Map.of("request_object_signing_alg", "RS256",
            "request_uris", List.of(suite.site.origin + path));
        try (var client = suite.client("code", members); var person = new Person(suite)) {
            // The state and the nonce stand inside alone.
            var whole = Request.of(client);
            String object = client.sign(object(client, whole));
            if (isEncrypted) {
                object = toProvider(suite, object);
            }
            String sent = object;
            suite.site.serve(path, "application/oauth-authz-req+jwt", () -> sent);
            var asked = Request.of(client, "state", null, "nonce", null,
                "request", isByReference ? null : object,
                "request_uri", isByReference ? suite.site.origin + path : null);
            person.open(suite.provider.endpoint("authorization_endpoint") + "?" + Check.encode(asked));
            var arrival = person.arrive(client, whole).isGrant();
            arrival.idToken(arrival.redeem());
        }
    }

    private static String toProvider(Suite suite, String signed) throws Exception {
        for (var key : suite.provider.jwks().getKeys()) {
            if (!KeyUse.ENCRYPTION.equals(key.getKeyUse())) {
                continue;
            }
            var alg = key instanceof RSAKey ? JWEAlgorithm.RSA_OAEP_256 : JWEAlgorithm.ECDH_ES_A128KW;
            var header = new JWEHeader.Builder(alg, EncryptionMethod.A256GCM).keyID(key.getKeyID()).contentType("JWT");
            var jwe = new JWEObject(header.build(), new Payload(signed));
            jwe.encrypt(key instanceof RSAKey rsa ? new RSAEncrypter(rsa) : new ECDHEncrypter((ECKey) key));
            return jwe.serialize();
        }
        throw new Check.Failure("no key is there to encrypt to");
    }

    private static void unsigned(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            String object = new PlainJWT(object(client, Request.of(client))).serialize();
            person.authorize(client, Request.of(client, "request", object)).isRefusal("invalid_request_object");
        }
    }

    private static void encryptedIdToken(Suite suite) throws Exception {
        var own = new RSAKeyGenerator(2048).keyUse(KeyUse.ENCRYPTION).keyID("enc").generate();
        Map<String, Object> members = Map.of("jwks", new JWKSet(own.toPublicJWK()).toJSONObject(),
            "id_token_encrypted_response_alg", "RSA-OAEP", "id_token_encrypted_response_enc", "A256GCM");
        try (var client = suite.client("code", members); var person = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client)).isGrant();
            var jwe = JWEObject.parse((String) arrival.redeem().get("id_token"));
            Check.same("JWT", jwe.getHeader().getContentType(), "I-9: cty");
            Check.same("enc", jwe.getHeader().getKeyID(), "I-9: kid");
            jwe.decrypt(new RSADecrypter(own));
            arrival.claims(jwe.getPayload().toString(), com.nimbusds.jose.JWSAlgorithm.RS256);
        }
    }
}
