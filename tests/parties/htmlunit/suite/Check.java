import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** What a module asks of what it saw; the first fact that does not hold ends it. */
final class Check {
    private Check() {}

    static final class Failure extends RuntimeException {
        Failure(String text) {
            super(text);
        }
    }

    static void that(boolean holds, String fact, Object... seen) {
        if (!holds) {
            throw new Failure(fact + (seen.length == 0 ? "" : ": " + List.of(seen)));
        }
    }

    static void same(Object expected, Object seen, String what) {
        that(Objects.equals(expected, seen), what, "expected " + expected, "seen " + seen);
    }

    /** Names of members: none is missing, and there are no others than these. */
    static void names(Map<String, ?> object, String needed, String allowed, String what) {
        var missing = new TreeSet<>(words(needed));
        missing.removeAll(object.keySet());
        that(missing.isEmpty(), what + " lacks", missing, object);
        var others = new TreeSet<>(object.keySet());
        others.removeAll(words(needed));
        others.removeAll(words(allowed));
        that(others.isEmpty(), what + " has more", others);
    }

    /** Long enough, and not guessed, as the suite measures it: Shannon's entropy of the characters. */
    static void isUnguessable(String secret, String what) {
        double bits = 0;
        for (int character : secret.chars().distinct().toArray()) {
            double share = (double) secret.chars().filter(one -> one == character).count() / secret.length();
            bits -= share * Math.log(share) / Math.log(2) * secret.length();
        }
        that(secret.length() * 8 >= 128 && bits > 96, what + " has too little entropy", bits);
        that(secret.chars().allMatch(one -> one > 0x20 && one < 0x7f), what + " is printable", secret);
    }

    /** RFC 6749, 4.1.2.1 and 5.2: the characters of a description. */
    static void isDescription(String text) {
        boolean isPlain = text.chars().allMatch(one -> one >= 0x20 && one <= 0x7e && one != '"' && one != '\\');
        that(isPlain, "error_description has other characters", text);
    }

    static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.trim().split(" +"));
    }

    /** Names and values in turn; a null leaves the pair out. */
    static Map<String, String> params(String... pairs) {
        var params = new LinkedHashMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] != null) {
                params.put(pairs[i], pairs[i + 1]);
            }
        }
        return params;
    }

    static String encode(Map<String, String> params) {
        var parts = params.entrySet().stream().map(pair -> encode(pair.getKey()) + "=" + encode(pair.getValue()));
        return String.join("&", parts.toList());
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static Map<String, String> decode(String encoded) {
        var params = new LinkedHashMap<String, String>();
        for (String part : encoded == null || encoded.isEmpty() ? new String[0] : encoded.split("&")) {
            String[] pair = part.split("=", 2);
            String value = pair.length == 2 ? URLDecoder.decode(pair[1], StandardCharsets.UTF_8) : "";
            String before = params.put(URLDecoder.decode(pair[0], StandardCharsets.UTF_8), value);
            that(before == null, "a parameter comes twice", encoded);
        }
        return params;
    }
}
