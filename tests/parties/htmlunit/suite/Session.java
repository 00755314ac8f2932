import org.htmlunit.html.HtmlPage;

/** Session management: the state of the answer, and the frame that tells what has become of it (section 20). */
final class Session {
    private Session() {}

    private static final String WATCHER = """
        <!doctype html><html><head><title>Watcher</title></head><body><p id="told">nothing</p>
        <iframe id="op" src="%s"></iframe><script>
        window.addEventListener('message', function (event) {
          document.getElementById('told').textContent = event.data;
        });
        function ask() {
          document.getElementById('op').contentWindow.postMessage('%s', '%s');
        }
        </script></body></html>""";

    static void run(Suite suite) {
        suite.module("check-session-iframe", () -> watch(suite));
    }

    private static void watch(Suite suite) throws Exception {
        try (var client = suite.client("code"); var person = new Person(suite)) {
            var arrival = person.authorize(client, Request.of(client)).isGrant();
            String state = arrival.get("session_state");
            Check.that(!state.isBlank() && !state.contains(" "), "SM-1: session_state", state);
            String frame = suite.provider.endpoint("check_session_iframe");
            var answer = suite.provider.get(frame);
            Check.same(200, answer.status(), "SM-4: status");
            for (String name : new String[] {"X-Frame-Options", "Set-Cookie"}) {
                Check.that(answer.whole().headers().firstValue(name).isEmpty(), "SM-4: " + name);
            }
            Check.same("unchanged", told(person, frame, client.id + " " + state), "SM-5: right after the sign-in");
            String other = client.id + " " + "0".repeat(64) + ".salt";
            Check.same("changed", told(person, frame, other), "SM-2: of another session");
            Check.same("error", told(person, frame, client.id), "SM-2: without a state");
            person.open(suite.provider.endpoint("end_session_endpoint") + "?id_token_hint="
                + arrival.redeem().get("id_token"));
            Check.same("changed", told(person, frame, client.id + " " + state), "SM-5: right after the sign-out");
        }
    }

    /** What the frame answers to a page of the app. */
    private static String told(Person person, String frame, String question) throws Exception {
        var suite = person.suite;
        String html = WATCHER.formatted(frame, question, suite.provider.issuer);
        person.open(suite.site.serve("/watcher", "text/html;charset=UTF-8", () -> html));
        HtmlPage page = person.page();
        page.executeJavaScript("ask()");
        for (int tries = 0; tries < 15; tries++) {
            person.web.waitForBackgroundJavaScript(2_000);
            if (!page.getElementById("told").asNormalizedText().equals("nothing")) {
                break;
            }
        }
        return page.getElementById("told").asNormalizedText();
    }
}
