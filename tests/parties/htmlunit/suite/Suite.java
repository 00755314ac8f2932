import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the modules share, and how they are run. */
final class Suite {
    interface Module {
        void run() throws Exception;
    }

    final Provider provider;
    final Site site;
    final String username;
    final String password;
    private final List<String> failures = new ArrayList<>();

    Suite(Map<String, Object> details) throws Exception {
        site = new Site((String) details.get("certificate"), (String) details.get("key"));
        provider = new Provider((String) details.get("issuer"), site.tls);
        username = (String) details.get("username");
        password = (String) details.get("password");
    }

    String callback() {
        return site.origin + "/callback";
    }

    Client client(String responseType) throws Exception {
        return new Client(this, responseType, Map.of());
    }

    Client client(String responseType, Map<String, Object> members) throws Exception {
        return new Client(this, responseType, members);
    }

    /** Runs a module; what it finds wrong does not keep the next ones from running. */
    void module(String name, Module module) {
        site.forget();
        long begun = System.nanoTime();
        try {
            module.run();
        } catch (Exception | AssertionError | StackOverflowError failure) {
            var at = List.of(failure.getStackTrace()).stream().map(StackTraceElement::toString)
                .filter(line -> !line.contains("Check.") && line.matches("[A-Z]\\w+\\..*")).limit(3).toList();
            failures.add(name + ": " + failure + " at " + at);
        }
        if (System.getenv("CARDEA_TEST_TIMES") != null) {
            System.err.printf("%5d ms  %s%n", (System.nanoTime() - begun) / 1_000_000, name);
        }
    }

    List<String> failures() {
        var all = List.copyOf(failures);
        failures.clear();
        return all;
    }
}
