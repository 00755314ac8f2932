import com.nimbusds.jose.util.JSONArrayUtils;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Plays the OpenID Foundation's conformance suite, which uses HtmlUnit and Nimbus too. Each line of standard input asks
 * for one plan, [name, details], and is answered with a line: what its modules found wrong.
 */
public final class Main {
    private Main() {}

    interface Plan {
        void run(Suite suite) throws Exception;
    }

    private static final Map<String, Plan> PLANS = new LinkedHashMap<>();

    static {
        PLANS.put("discovery", Discovery::run);
        PLANS.put("keys", Keys::run);
        PLANS.put("keys-after-rotation", Keys::runAfterRotation);
        PLANS.put("registration", Registration::run);
        PLANS.put("response-types", ResponseTypes::run);
        PLANS.put("without-script", ResponseTypes::runWithoutScript);
        PLANS.put("requests", Requests::run);
        PLANS.put("request-objects", RequestObjects::run);
        PLANS.put("logout", Logout::run);
        PLANS.put("session", Session::run);
    }

    public static void main(String[] arguments) throws Exception {
        var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        // The answers alone belong there; libraries may print too.
        var answers = System.out;
        System.setOut(System.err);
        Suite suite = null;
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            var question = JSONArrayUtils.parse(line);
            var answer = new LinkedHashMap<String, Object>();
            try {
                var name = (String) question.get(0);
                if (name.equals("start")) {
                    @SuppressWarnings("unchecked")
                    var details = (Map<String, Object>) question.get(1);
                    suite = new Suite(details);
                    answer.put("answer", suite.site.origin);
                } else {
                    PLANS.get(name).run(suite);
                    answer.put("answer", suite.failures());
                }
            } catch (Exception error) {
                error.printStackTrace();
                answer.put("error", error.toString());
            }
            answers.println(JSONObjectUtils.toJSONString(answer));
            answers.flush();
        }
        System.exit(0);
    }
}
