import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** The parameters of an authorization request. */
final class Request {
    private Request() {}

    /** What every module sends, and these: a null leaves one out. */
    static Map<String, String> of(Client client, String... pairs) {
        var params = new LinkedHashMap<String, String>();
        params.put("client_id", client.id);
        params.put("redirect_uri", client.suite.callback());
        params.put("scope", "openid");
        params.put("state", UUID.randomUUID().toString());
        params.put("nonce", UUID.randomUUID().toString());
        params.put("response_type", client.responseType);
        for (int i = 0; i < pairs.length; i += 2) {
            params.put(pairs[i], pairs[i + 1]);
        }
        params.values().removeIf(value -> value == null);
        return params;
    }
}
