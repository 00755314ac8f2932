import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.htmlunit.BrowserVersion;
import org.htmlunit.CollectingAlertHandler;
import org.htmlunit.HttpMethod;
import org.htmlunit.Page;
import org.htmlunit.ScriptException;
import org.htmlunit.SilentCssErrorHandler;
import org.htmlunit.WaitingRefreshHandler;
import org.htmlunit.WebClient;
import org.htmlunit.WebRequest;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlInput;
import org.htmlunit.html.HtmlPage;
import org.htmlunit.javascript.DefaultJavaScriptErrorListener;

/** Somebody in a browser with empty cookies, who does what the suite's script says on each page of Cardea. */
final class Person implements AutoCloseable {
    final WebClient web = new WebClient(BrowserVersion.BEST_SUPPORTED);
    final Suite suite;
    /** The pages of Cardea that wanted something, in order. */
    final List<String> visited = new ArrayList<>();
    /** What went wrong in scripts of Cardea's pages. */
    final List<String> trouble = new ArrayList<>();
    String decision = "authorize";

    Person(Suite suite) {
        this(suite, true);
    }

    /** As the suite's own browser; with style sheets too, so that it does not click what it takes for hidden. */
    Person(Suite suite, boolean hasScript) {
        this.suite = suite;
        var options = web.getOptions();
        options.setThrowExceptionOnScriptError(false);
        options.setThrowExceptionOnFailingStatusCode(false);
        options.setPrintContentOnFailingStatusCode(false);
        options.setUseInsecureSSL(true);
        options.setJavaScriptEnabled(hasScript);
        options.setCssEnabled(true);
        options.setRedirectEnabled(true);
        web.setCssErrorHandler(new SilentCssErrorHandler());
        web.setRefreshHandler(new WaitingRefreshHandler());
        web.setAlertHandler(new CollectingAlertHandler());
        web.setJavaScriptErrorListener(new DefaultJavaScriptErrorListener() {
            @Override
            public void scriptException(HtmlPage page, ScriptException exception) {
                trouble.add(page.getUrl() + ": " + exception.getMessage());
            }
        });
    }

    @Override
    public void close() {
        web.close();
        Check.that(trouble.isEmpty(), "scripts fail", trouble);
    }

    Page open(String url) throws Exception {
        visited.clear();
        web.getPage(url);
        return settle();
    }

    /** Sends a form from nowhere. */
    Page post(String url, Map<String, String> form) throws Exception {
        visited.clear();
        var request = new WebRequest(new URL(url), HttpMethod.POST);
        request.setRequestBody(Check.encode(form));
        request.setAdditionalHeader("Content-Type", "application/x-www-form-urlencoded");
        web.getPage(request);
        return settle();
    }

    /** The page that is shown once scripts have had their turn. */
    Page settle() {
        web.waitForBackgroundJavaScriptStartingBefore(500);
        return web.getCurrentWindow().getTopWindow().getEnclosedPage();
    }

    HtmlPage page() {
        return (HtmlPage) web.getCurrentWindow().getTopWindow().getEnclosedPage();
    }

    URI address() {
        return URI.create(page().getUrl().toString());
    }

    boolean isAt(String path) {
        return page().getUrl().toString().startsWith(suite.provider.issuer) && address().getPath().equals(path);
    }

    String text() {
        return page().asNormalizedText();
    }

    Page press(String id) throws Exception {
        var button = page().getElementById(id);
        Check.that(button != null, "there is a button " + id, address(), text());
        Check.that(button.isDisplayed(), "it is displayed: " + id);
        ((DomElement) button).click();
        return settle();
    }

    /** Signs in and agrees for as long as that is asked. */
    void follow() throws Exception {
        for (int step = 0; step < 5; step++) {
            if (isAt("/login")) {
                visited.add("login");
                signIn(suite.username);
            } else if (isAt("/consent")) {
                visited.add("consent");
                press(decision);
            } else {
                return;
            }
        }
        Check.that(false, "it goes in circles", visited);
    }

    void signIn(String username) throws Exception {
        for (String id : List.of("username", "password")) {
            var field = (HtmlInput) page().getElementById(id);
            Check.same(id, field.getNameAttribute(), "H-2: the name of a field");
            Check.that(field.isDisplayed(), "H-2: the field is displayed", id);
            field.setValue("");
            field.type(id.equals("username") ? username : suite.password);
        }
        press("sign-in");
    }

    /** Goes through an authorization, to what reaches the client. */
    Arrival authorize(Client client, Map<String, String> params) throws Exception {
        open(client.suite.provider.endpoint("authorization_endpoint") + "?" + Check.encode(params));
        return arrive(client, params);
    }

    Arrival arrive(Client client, Map<String, String> params) throws Exception {
        follow();
        String place = page().getUrl().toString();
        Check.that(place.startsWith(suite.site.origin), "it does not arrive", place, page().getWebResponse().getStatusCode(), text());
        return new Arrival(client, params, suite.site.await(address().getPath()), page().getUrl().getRef());
    }

    /** An error page that leads nowhere (H-5, H-6); gives its text. */
    String refused() {
        Check.that(page().getUrl().toString().startsWith(suite.provider.issuer), "it stays here", address());
        Check.same(400, page().getWebResponse().getStatusCode(), "H-6: status");
        Check.that(page().getWebResponse().getContentType().equals("text/html"), "H-6: it is HTML");
        Check.same(0L, suite.site.count("/callback"), "nothing reaches the client");
        Check.same(0L, suite.site.count("/goodbye"), "nothing reaches the client");
        Check.that(page().getElementsByTagName("meta").stream().noneMatch(meta -> meta.hasAttribute("http-equiv")
            && meta.getAttribute("http-equiv").equalsIgnoreCase("refresh")), "H-6: it does not refresh");
        Check.that(text().contains("cannot continue"), "H-5: its phrase", text());
        return text();
    }
}
