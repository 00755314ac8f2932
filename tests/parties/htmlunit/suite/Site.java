import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What the suite serves over https: redirect URIs, key sets, request objects, pictures, and where logouts are told. */
final class Site {
    record Request(String method, String path, String query, String type, String body) {
        Map<String, String> params() {
            return Check.decode(query);
        }

        Map<String, String> form() {
            return Check.decode(body);
        }
    }

    record Reply(int status, String type, Supplier<byte[]> body) {}

    /** As the suite's own: its script tells what came in the fragment. */
    private static final String CALLBACK = """
        <!doctype html><html><head><title>Callback</title></head><body><p id="arrived">Arrived.</p><script>
        var xhr = new XMLHttpRequest();
        xhr.open('POST', '/fragment');
        xhr.setRequestHeader('Content-Type', 'text/plain');
        xhr.send(window.location.hash);
        </script></body></html>""";

    final String origin;
    final SSLContext tls;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<Request> requests = new ArrayList<>();

    Site(String certificatePath, String keyPath) throws Exception {
        tls = context(Path.of(certificatePath), Path.of(keyPath));
        // Its certificate names this address; implicit clients may not use `localhost`.
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::answer);
        server.start();
        origin = "https://127.0.0.1:" + server.getAddress().getPort();
    }

    /** One certificate for all: it is our own, and the authority that everybody trusts. */
    private static SSLContext context(Path certificatePath, Path keyPath) throws Exception {
        var factory = CertificateFactory.getInstance("X.509");
        var certificate = factory.generateCertificate(Files.newInputStream(certificatePath));
        String pem = Files.readString(keyPath).replaceAll("-----[A-Z ]+-----|\\s", "");
        var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", key, new char[0], new java.security.cert.Certificate[] {certificate});
        store.setCertificateEntry("authority", certificate);
        var keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, new char[0]);
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private void answer(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        synchronized (requests) {
            requests.add(new Request(exchange.getRequestMethod(), uri.getPath(), uri.getRawQuery(), type, body));
            requests.notifyAll();
        }
        var usual = new Reply(200, "text/html;charset=UTF-8", () -> CALLBACK.getBytes(StandardCharsets.UTF_8));
        var reply = replies.getOrDefault(uri.getPath(), usual);
        byte[] bytes = reply.body().get();
        if (reply.type() != null) {
            exchange.getResponseHeaders().set("Content-Type", reply.type());
        }
        exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Serves a text; gives its URL. */
    String serve(String path, String type, Supplier<String> text) {
        return serve(path, new Reply(200, type, () -> text.get().getBytes(StandardCharsets.UTF_8)));
    }

    String serve(String path, Reply reply) {
        replies.put(path, reply);
        return origin + path;
    }

    /** The first request for this path, which may still be on its way. It is taken off the list. */
    Request await(String path) throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        synchronized (requests) {
            while (true) {
                for (var request : requests) {
                    if (request.path().equals(path)) {
                        requests.remove(request);
                        return request;
                    }
                }
                long left = (end - System.nanoTime()) / 1_000_000;
                Check.that(left > 0, "nothing came to " + path, requests);
                requests.wait(left);
            }
        }
    }

    /** How often this path was asked for, of what was not taken. */
    long count(String path) {
        synchronized (requests) {
            return requests.stream().filter(request -> request.path().equals(path)).count();
        }
    }

    void forget() {
        synchronized (requests) {
            requests.clear();
        }
    }
}
