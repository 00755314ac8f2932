import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyType;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The key set, and what a rotation does to it (section 3). */
final class Keys {
    private Keys() {}

    private static final Map<KeyType, List<String>> MEMBERS = Map.of(
        KeyType.RSA, List.of("n", "e"), KeyType.EC, List.of("crv", "x", "y"), KeyType.OKP, List.of("crv", "x"));
    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521, Curve.SECP256K1,
        Curve.Ed25519, Curve.Ed448, Curve.X25519, Curve.X448);

    private static JWKSet before;
    private static String token;

    static void run(Suite suite) {
        suite.module("key-set", () -> keySet(suite));
        suite.module("rotate-keys-before", () -> {
            before = suite.provider.jwks();
            token = freshToken(suite);
        });
    }

    /** Somebody has rotated the keys meanwhile. */
    static void runAfterRotation(Suite suite) {
        suite.module("key-set-after-rotation", () -> keySet(suite));
        suite.module("rotate-keys-after", () -> afterRotation(suite));
    }

    private static void keySet(Suite suite) throws Exception {
        var answer = suite.provider.get(suite.provider.endpoint("jwks_uri"));
        var keys = JSONObjectUtils.getJSONObjectArray(answer.json(200), "keys");
        var kids = new HashSet<String>();
        int signing = 0;
        for (Map<String, Object> members : keys) {
            JWK key = JWK.parse(members);
            Check.that(!key.isPrivate(), "K-1: it is public", key.getKeyID());
            Check.that(MEMBERS.containsKey(key.getKeyType()), "K-4: its type", key);
            for (String name : MEMBERS.get(key.getKeyType())) {
                Check.that(((String) members.get(name)).matches("[A-Za-z0-9_-]+"), "K-2: " + name, members);
            }
            Check.that(key.getKeyID() != null && !key.getKeyID().isBlank() && kids.add(key.getKeyID()), "K-3", key);
            Check.that(key instanceof RSAKey || key instanceof ECKey ec && CURVES.contains(ec.getCurve())
                || key instanceof OctetKeyPair okp && CURVES.contains(okp.getCurve()), "K-4: its curve", key);
            Check.that(key.getKeyUse() != null, "K-5: its use", key);
            boolean isForSignatures = key.getKeyUse().equals(KeyUse.SIGNATURE);
            // One that decrypts serves several algorithms.
            Check.that(!isForSignatures || key.getAlgorithm() != null, "K-5: its alg", key);
            signing += key instanceof RSAKey rsa && isForSignatures && rsa.size() >= 2048
                && key.getAlgorithm().equals(JWSAlgorithm.RS256) ? 1 : 0;
        }
        Check.that(signing > 0, "K-5: a key for RS256", (Object) keys);
    }

    private static String freshToken(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client)).isGrant();
            var tokens = arrival.redeem();
            arrival.idToken(tokens);
            return (String) tokens.get("id_token");
        }
    }

    private static void afterRotation(Suite suite) throws Exception {
        var after = suite.provider.jwks();
        var added = after.getKeys().stream().filter(key -> before.getKeyByKeyId(key.getKeyID()) == null).toList();
        Check.that(added.stream().anyMatch(key -> key.getKeyType().equals(KeyType.RSA)), "K-7: a new key", added);
        for (JWK key : added) {
            boolean isRsaOrEc = key.getKeyType().equals(KeyType.RSA) || key.getKeyType().equals(KeyType.EC);
            Check.that(isRsaOrEc || KeyUse.ENCRYPTION.equals(key.getKeyUse()), "K-7: its type", key);
            for (JWK old : before.getKeys()) {
                Check.that(!key.computeThumbprint().equals(old.computeThumbprint()), "K-7: new material", key);
            }
        }
        var former = SignedJWT.parse(token).getHeader().getKeyID();
        Check.that(after.getKeyByKeyId(former) != null, "K-7: the former key is still there", after);
        suite.provider.verify(token, JWSAlgorithm.RS256);
        var kid = SignedJWT.parse(freshToken(suite)).getHeader().getKeyID();
        Check.that(added.stream().anyMatch(key -> key.getKeyID().equals(kid)), "K-8: the new key signs", kid);
    }
}
